CREATE TABLE never_read (id int);
