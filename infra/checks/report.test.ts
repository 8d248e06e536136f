import { expect, it } from 'vitest';
import { countsOf, type TestReport } from './report.ts';

const report = (over: Partial<TestReport>): TestReport => ({
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
  ...over,
});

it('says how many tests passed and failed', () => {
  expect(countsOf(report({ numPassedTests: 41, numFailedTests: 1 }))).toEqual({ passed: 41, failed: 1 });
});

it('counts a file that never got to its tests, and a skipped test, as failed', () => {
  const testResults = [
    { status: 'failed', assertionResults: [] },
    { status: 'failed', assertionResults: [{}] },
    { status: 'passed', assertionResults: [{}] },
  ];
  expect(countsOf(report({ numPassedTests: 1, numFailedTests: 1, numPendingTests: 1, testResults }))).toEqual({
    passed: 1,
    failed: 3,
  });
});
