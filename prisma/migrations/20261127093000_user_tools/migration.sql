-- A tool call that is left to the mission's client.
ALTER TYPE "answer_kind" ADD VALUE 'tool' AFTER 'input';

-- The tools of the deployment's own that a worker has loaded. A worker of the version before has told of none.
ALTER TABLE "workers" ADD COLUMN "tools" TEXT[] DEFAULT ARRAY[]::TEXT[];
