-- An answer is given again as it was, its fields in their order; jsonb sorts them. Nothing has written this table yet.
ALTER TABLE "idempotency_records" ALTER COLUMN "response" SET DATA TYPE JSON;
