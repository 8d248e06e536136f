export { MigrationError } from './connection.ts';
export { deployMigrations } from './deploy.ts';
export type { DeployOptions } from './deploy.ts';
