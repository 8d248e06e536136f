export { MigrationError } from './connection.ts';
export type { DeployOptions } from './deploy.ts';
export { deployMigrations } from './deploy.ts';
