-- +migrate Up
CREATE TABLE fine_too (id int);

-- +migrate Down
DORP TABLE fine_too;
