-- baseline-hash: sha256:00
-- +migrate Up notransaction
VACUUM;
--+MIGRATE down
