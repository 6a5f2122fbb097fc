-- +migrate up
-- Reviews: everybody reads, each customer writes their own.

CREATE TABLE public.review (
    id bigint GENERATED ALWAYS AS IDENTITY,
    book_id bigint NOT NULL,
    customer_id bigint NOT NULL,
    stars smallint NOT NULL,
    body text NOT NULL DEFAULT '',
    written_at timestamptz NOT NULL DEFAULT now(),
    body_length integer GENERATED ALWAYS AS (char_length(body)) STORED,
    CONSTRAINT review_pkey PRIMARY KEY (id),
    CONSTRAINT review_book_fkey FOREIGN KEY (book_id) REFERENCES public.book (id) ON DELETE CASCADE,
    CONSTRAINT review_customer_fkey FOREIGN KEY (customer_id) REFERENCES public.customer (id),
    CONSTRAINT review_once UNIQUE (book_id, customer_id),
    CONSTRAINT review_stars_check CHECK (stars BETWEEN 1 AND 5)
);

INSERT INTO public.review (id, book_id, customer_id, stars, body, written_at) OVERRIDING SYSTEM VALUE VALUES
    (1, 1, 1, 5, 'Großartig – «lesen»!', '2024-08-01 10:00:00+00'),
    (2, 2, 3, 4, 'とても良い 👍🏽; また読みます', '2024-08-02 10:00:00+00'),
    (3, 3, 2, 1, 'CHEAP PILLS; see http://spam.example/?a=1--b', '2024-08-03 10:00:00+00'),
    (4, 5, 5, 3, E'Ends early.\n-- +migrate Down\nOr was that the idea?', '2024-08-04 10:00:00+00');

ALTER TABLE public.review ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.review FORCE ROW LEVEL SECURITY;

CREATE POLICY review_read ON public.review FOR SELECT TO PUBLIC USING (true);
CREATE POLICY review_write ON public.review FOR INSERT TO PUBLIC
    WITH CHECK (customer_id = nullif(current_setting('bookshop.customer_id', true), '')::bigint);
CREATE POLICY review_change ON public.review FOR UPDATE TO PUBLIC
    USING (customer_id = nullif(current_setting('bookshop.customer_id', true), '')::bigint)
    WITH CHECK (stars > 0 AND body !~ '-- \+migrate (Up|Down)');
CREATE POLICY review_not_empty ON public.review AS RESTRICTIVE FOR INSERT TO CURRENT_USER
    WITH CHECK (body <> '');
COMMENT ON POLICY review_read ON public.review IS 'Reading is free; "free" as in beer';

GRANT SELECT ON public.review TO PUBLIC;
GRANT INSERT (book_id, customer_id, stars, body) ON public.review TO PUBLIC;

-- +migrate down
DROP TABLE public.review;
