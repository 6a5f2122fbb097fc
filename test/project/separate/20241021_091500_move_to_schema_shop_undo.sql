BEGIN;

-- [1] SET_SCHEMA: shop.order_line_value_stats
ALTER STATISTICS shop.order_line_value_stats SET SCHEMA public;

-- [2] SET_SCHEMA: shop.order_line_stats
ALTER STATISTICS shop.order_line_stats SET SCHEMA public;

-- [3] SET_SCHEMA: shop.book_search
ALTER TEXT SEARCH CONFIGURATION shop.book_search SET SCHEMA public;

-- [4] SET_SCHEMA: shop.book_simple
ALTER TEXT SEARCH DICTIONARY shop.book_simple SET SCHEMA public;

-- [5] SET_SCHEMA: shop.email_address
ALTER DOMAIN shop.email_address SET SCHEMA public;

-- [6] SET_SCHEMA: shop.postal_address
ALTER TYPE shop.postal_address SET SCHEMA public;

-- [7] SET_SCHEMA: shop.order_status
ALTER TYPE shop.order_status SET SCHEMA public;

-- [3] SET_SCHEMA: shop.loyalty_check()
ALTER FUNCTION shop.loyalty_check() SET SCHEMA public;

-- [4] SET_SCHEMA: shop.loyalty_points_for(numeric)
ALTER FUNCTION shop.loyalty_points_for(numeric) SET SCHEMA public;

-- [5] SET_SCHEMA: shop.discounted(numeric, text, date)
ALTER FUNCTION shop.discounted(numeric, text, date) SET SCHEMA public;

-- [6] SET_SCHEMA: shop.price_on(bigint, date)
ALTER FUNCTION shop.price_on(bigint, date) SET SCHEMA public;

-- [7] SET_SCHEMA: shop.format_address(public.postal_address)
ALTER FUNCTION shop.format_address(public.postal_address) SET SCHEMA public;

-- [8] SET_SCHEMA: shop.touch_updated_at()
ALTER FUNCTION shop.touch_updated_at() SET SCHEMA public;

-- [9] SET_SCHEMA: shop.open_discount
ALTER VIEW IF EXISTS shop.open_discount SET SCHEMA public;

-- [10] SET_SCHEMA: shop.top_customers
ALTER VIEW IF EXISTS shop.top_customers SET SCHEMA public;

-- [11] SET_SCHEMA: shop.customer_revenue
ALTER VIEW IF EXISTS shop.customer_revenue SET SCHEMA public;

-- [12] SET_SCHEMA: shop.order_total
ALTER VIEW IF EXISTS shop.order_total SET SCHEMA public;

-- [13] SET_SCHEMA: shop.category_path
ALTER VIEW IF EXISTS shop.category_path SET SCHEMA public;

-- [14] SET_SCHEMA: shop.review
ALTER TABLE IF EXISTS shop.review SET SCHEMA public;

-- [15] SET_SCHEMA: shop.loyalty_entry
ALTER TABLE IF EXISTS shop.loyalty_entry SET SCHEMA public;

-- [16] SET_SCHEMA: shop.loyalty_account
ALTER TABLE IF EXISTS shop.loyalty_account SET SCHEMA public;

-- [17] SET_SCHEMA: shop.discount_log
ALTER TABLE IF EXISTS shop.discount_log SET SCHEMA public;

-- [18] SET_SCHEMA: shop.discount
ALTER TABLE IF EXISTS shop.discount SET SCHEMA public;

-- [19] SET_SCHEMA: shop.price_period
ALTER TABLE IF EXISTS shop.price_period SET SCHEMA public;

-- [20] SET_SCHEMA: shop.book_category
ALTER TABLE IF EXISTS shop.book_category SET SCHEMA public;

-- [21] SET_SCHEMA: shop.category
ALTER TABLE IF EXISTS shop.category SET SCHEMA public;

-- [22] SET_SCHEMA: shop.order_line
ALTER TABLE IF EXISTS shop.order_line SET SCHEMA public;

-- [23] SET_SCHEMA: shop.orders
ALTER TABLE IF EXISTS shop.orders SET SCHEMA public;

-- [24] SET_SCHEMA: shop.customer
ALTER TABLE IF EXISTS shop.customer SET SCHEMA public;

-- [25] SET_SCHEMA: shop.book
ALTER TABLE IF EXISTS shop.book SET SCHEMA public;

-- [26] SET_SCHEMA: shop.author
ALTER TABLE IF EXISTS shop.author SET SCHEMA public;

-- [27] REPLACE_FUNCTION: public.discounted(numeric, text, date)
CREATE OR REPLACE FUNCTION public.discounted(p_price numeric, p_code text, p_day date) RETURNS numeric
    LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_percent numeric := 0;
BEGIN
  SELECT d.percent INTO v_percent
    FROM public.discount d
   WHERE d.code = p_code AND d.valid @> p_day;
  RETURN round(p_price * (100 - coalesce(v_percent, 0)) / 100, 2);
END;
$$;

-- [28] REPLACE_FUNCTION: public.loyalty_check()
CREATE OR REPLACE FUNCTION public.loyalty_check() RETURNS trigger
    LANGUAGE plpgsql AS $$
DECLARE
  v_booked bigint;
  v_stated integer;
BEGIN
  SELECT coalesce(sum(e.points), 0) INTO v_booked
    FROM public.loyalty_entry e WHERE e.customer_id = NEW.customer_id;
  SELECT a.points INTO v_stated
    FROM public.loyalty_account a WHERE a.customer_id = NEW.customer_id;
  IF v_booked IS DISTINCT FROM v_stated THEN
    RAISE EXCEPTION 'points of customer %: % booked, % stated', NEW.customer_id, v_booked, v_stated
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END;
$$;

-- [29] DROP_SCHEMA: shop
DROP SCHEMA IF EXISTS shop CASCADE;

COMMIT;
