import { boot } from './boot.ts';

// A program of its own: what it says on stdout is an interpreter that has just been started.
const python = await boot({ makesSnapshot: true });
process.stdout.write(python.makeMemorySnapshot(), () => process.exit(0));
