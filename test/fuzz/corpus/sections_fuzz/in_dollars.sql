-- +migrate Up
-- +migrate StatementBegin
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $body$
-- +migrate Down
SELECT $1 $$ $body$;
-- +migrate StatementEnd
