/** What is read of the test runner's JSON report. */
export type TestReport = {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: unknown[] }[];
};

/**
 * The counts of a run. A file that fails before it declares a test has no failed test to count,
 * and a skipped test has shown nothing: both count as failed.
 */
export function countsOf(report: TestReport): { passed: number; failed: number } {
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + report.numPendingTests + report.numTodoTests + brokenFiles;
  return { passed: report.numPassedTests, failed };
}
