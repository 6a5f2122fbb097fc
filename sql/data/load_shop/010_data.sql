-- +migrate Up
INSERT INTO users VALUES (1, 'Ädä');
