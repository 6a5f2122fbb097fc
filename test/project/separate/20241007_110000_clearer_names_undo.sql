BEGIN;

-- [1] RENAME_DOMAIN_CONSTRAINT: public.email_address.email_address_check
ALTER DOMAIN public.email_address RENAME CONSTRAINT email_address_check TO email_address_form;

-- [2] RENAME_POLICY: public.review.review_edit
ALTER POLICY review_edit ON public.review RENAME TO review_change;

-- [3] RENAME_SEQUENCE: public.order_number
ALTER SEQUENCE public.order_number RENAME TO orders_id_seq;

-- [4] RENAME_ATTRIBUTE: public.postal_address.postcode
ALTER TYPE public.postal_address RENAME ATTRIBUTE postcode TO zip;

-- [5] REPLACE_FUNCTION: public.format_address(public.postal_address)
CREATE OR REPLACE FUNCTION public.format_address(a public.postal_address) RETURNS text
    LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce((a).street || E'\n', '') || coalesce((a).zip || ' ', '')
      || coalesce((a).city, '?') || coalesce('; ' || (a).country, '')
$$;

-- [6] RENAME_VALUE: public.order_status
ALTER TYPE public.order_status RENAME VALUE 'canceled' TO 'cancelled';

-- [7] RENAME_TRIGGER: public.book.book_set_updated_at
ALTER TRIGGER book_set_updated_at ON public.book RENAME TO book_touch;

-- [8] RENAME_VIEW: public.top_customers
ALTER VIEW public.top_customers RENAME COLUMN spent TO revenue;
ALTER VIEW public.top_customers RENAME TO best_customers;

-- [9] RENAME_INDEX: public.book_by_author
ALTER INDEX public.book_by_author RENAME TO book_author_id_idx;

-- [10] RENAME_CONSTRAINT: public.book.book_price_not_negative
ALTER TABLE public.book RENAME CONSTRAINT book_price_not_negative TO book_price_check;

-- [11] RENAME_COLUMN: public.orders.ordered_at
ALTER TABLE public.orders RENAME COLUMN ordered_at TO placed_at;

-- [12] RENAME_COLUMN: public.customer.display_name
ALTER TABLE public.customer RENAME COLUMN display_name TO full_name;

COMMIT;
