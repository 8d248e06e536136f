-- Lists by status: what was delivered may be little beside a backlog that is owed, of an account as of an endpoint.
CREATE INDEX "deliveries_delivered_of_account" ON "deliveries" ("account_id", "id") WHERE "status" = 'delivered';
CREATE INDEX "deliveries_delivered_of_endpoint" ON "deliveries" ("endpoint_id", "id") WHERE "status" = 'delivered';
