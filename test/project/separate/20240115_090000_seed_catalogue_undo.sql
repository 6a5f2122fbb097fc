-- Children first; the sequences start again as they were.
DELETE FROM public.order_line WHERE order_id BETWEEN 1 AND 5;
DELETE FROM public.orders WHERE id BETWEEN 1 AND 5;
DELETE FROM public.customer WHERE id BETWEEN 1 AND 6;
DELETE FROM public.book WHERE id BETWEEN 1 AND 7;
DELETE FROM public.author WHERE id BETWEEN 1 AND 5;
SELECT setval('public.orders_id_seq', 1, false),
       setval('public.customer_id_seq', 1, false),
       setval('public.author_id_seq', 1, false);
