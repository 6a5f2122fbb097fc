-- +migrate DownDROP TABLE t;
-- +migrate Down now