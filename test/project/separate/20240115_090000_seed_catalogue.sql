-- The rows the shop opened with. Fixed ids, so that Down can name them.

INSERT INTO public.author (id, name, born) OVERRIDING SYSTEM VALUE VALUES
    (1, 'Käthe Müller', 1931),
    (2, '夏目 漱石', 1867),
    (3, 'Brian O''Hara', 1958),
    (4, 'Zoë "Zed" Łukasik', NULL),
    (5, 'Anonymous', NULL);
SELECT setval('public.author_id_seq', 5);

INSERT INTO public.book (id, isbn, title, author_id, price, published, updated_at) VALUES
    (1, '978-3-00-000001-1', 'Die Müllerin; oder: das Rad', 1, 18.00, '1964-03-01', '2024-01-15 09:00:00+00'),
    (2, '978-3-00-000002-8', '日本語の本 📚', 2, 24.50, '1906-04-01', '2024-01-15 09:00:00+00'),
    (3, '978-3-00-000003-5', 'It''s all "quoted"', 3, 9.99, '1999-10-10', '2024-01-15 09:00:00+00'),
    (4, '978-3-00-000004-2', 'C:\new\table -- no comment', 3, 12.00, '2001-02-03', '2024-01-15 09:00:00+00'),
    (5, '978-3-00-000005-9', E'A title\nin two lines', 4, 31.25, NULL, '2024-01-15 09:00:00+00'),
    (6, '978-3-00-000006-6', $t$The $ sign and $$ other $$ dollars$t$, 5, 7.50, '2015-05-05', '2024-01-15 09:00:00+00'),
    (7, '978-3-00-000007-3', U&'\0421\043B\043E\043D', NULL, 15.00, '1988-08-08', '2024-01-15 09:00:00+00');

INSERT INTO public.customer (id, email, full_name, created_at) VALUES
    (1, 'anna@example.org', 'Anna Groß', '2024-01-10 08:00:00+00'),
    (2, 'bert@example.org', '  Bert van Dam ', '2024-01-10 09:30:00+00'),
    (3, 'chie@example.jp', '千恵', '2024-01-11 01:15:00+00'),
    (4, 'dora@example.com', NULL, '2024-01-12 17:45:00+00'),
    (5, 'emil@example.net', 'Emil', '2024-01-13 12:00:00+00'),
    (6, 'info@example.net', NULL, '2024-01-14 06:00:00+00');
SELECT setval('public.customer_id_seq', 6);

INSERT INTO public.orders (id, customer_id, status, placed_at) VALUES
    (1, 1, 'shipped', '2024-01-12 10:00:00+00'),
    (2, 2, 'paid', '2024-01-13 11:00:00+00'),
    (3, 1, 'cancelled', '2024-01-13 12:00:00+00'),
    (4, 3, 'new', '2024-01-14 23:59:59+00'),
    (5, 5, 'paid', '2024-01-15 07:30:00+00');
SELECT setval('public.orders_id_seq', 5);

INSERT INTO public.order_line (order_id, line_no, book_id, quantity, unit_price) VALUES
    (1, 1, 1, 2, 18.00),
    (1, 2, 3, 1, 9.99),
    (2, 1, 2, 1, 24.50),
    (3, 1, 6, 10, 7.00),
    (4, 1, 2, 3, 24.50),
    (4, 2, 7, 1, 15.00),
    (5, 1, 5, 1, 31.25);
