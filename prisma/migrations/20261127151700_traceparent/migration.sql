-- The W3C trace context of the request that made the mission, for the spans of whoever runs it and of its webhooks: null
-- where nobody traces. Without a default, so that nothing is rewritten.
ALTER TABLE "missions" ADD COLUMN "traceparent" TEXT;
