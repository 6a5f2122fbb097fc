SELECT E'a' -- why
 -- +migrate StatementEnd
'\''
-- +migrate Up
'b\'
