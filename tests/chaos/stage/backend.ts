export const BACKENDS = ['redis', 'postgres'] as const;
/** Which queue the system runs on. */
export type Backend = (typeof BACKENDS)[number];

/** Which of the system's connections go through a link that can be hurt. */
export type LinkName = 'api-queue' | 'worker-queue' | 'database' | 'model-server' | 'receiver';
