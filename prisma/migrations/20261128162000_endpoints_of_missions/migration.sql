-- List: the endpoints that an account's missions name, without its own.
CREATE INDEX "webhook_endpoints_of_missions" ON "webhook_endpoints" ("account_id", "id") WHERE "for_missions" AND "deleted_at" IS NULL;
