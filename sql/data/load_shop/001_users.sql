-- +migrate Up
CREATE TABLE users (id int PRIMARY KEY, name text);

-- +migrate Down
DROP TABLE users;
