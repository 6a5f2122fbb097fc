-- +migrate Up
INSERT INTO ran (what) VALUES ('up 1');
VACUUM t;
INSERT INTO ran (what) VALUES ('up 3');
-- +migrate Down
INSERT INTO ran (what) VALUES ('down 1');
VACUUM t;
INSERT INTO ran (what) VALUES ('loaded');
