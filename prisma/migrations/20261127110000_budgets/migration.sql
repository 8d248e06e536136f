-- CreateTable
CREATE TABLE "budgets" (
    "mission_id" TEXT NOT NULL,
    "micro_usd" BIGINT,
    "tokens" BIGINT,
    "steps" INTEGER,
    "seconds" INTEGER,
    "reserved_micro_usd" BIGINT NOT NULL DEFAULT 0,
    "reserved_tokens" BIGINT NOT NULL DEFAULT 0,
    "drawn_micro_usd" BIGINT NOT NULL DEFAULT 0,
    "drawn_tokens" BIGINT NOT NULL DEFAULT 0,
    "drawn_steps" INTEGER NOT NULL DEFAULT 0,
    "drawn_seconds" DOUBLE PRECISION NOT NULL DEFAULT 0,
    "warned_at" TIMESTAMPTZ(6),
    "exhausted_at" TIMESTAMPTZ(6),

    CONSTRAINT "budgets_pkey" PRIMARY KEY ("mission_id")
);

-- CreateTable
CREATE TABLE "budget_reservations" (
    "mission_id" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "step_number" INTEGER NOT NULL,
    "micro_usd" BIGINT NOT NULL,
    "tokens" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "budget_reservations_pkey" PRIMARY KEY ("mission_id","attempt","number")
);

-- AddForeignKey
ALTER TABLE "budgets" ADD CONSTRAINT "budgets_mission_id_fkey" FOREIGN KEY ("mission_id") REFERENCES "missions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "budget_reservations" ADD CONSTRAINT "budget_reservations_mission_id_fkey" FOREIGN KEY ("mission_id") REFERENCES "budgets"("mission_id") ON DELETE CASCADE ON UPDATE CASCADE;
