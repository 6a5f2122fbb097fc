SELECT 1;
\echo x
COPY t (a, b) FROM STDIN;
1	2
\.
