BEGIN;

-- [1] DATA: opening points
DELETE FROM shop.loyalty_entry WHERE customer_id IN (1, 3, 5);
DELETE FROM shop.loyalty_account WHERE customer_id IN (1, 3, 5);

-- [2] DROP_PROCEDURE: shop.expire_points(date, integer)
DROP PROCEDURE IF EXISTS shop.expire_points(date, integer) CASCADE;

-- [3] REPLACE_FUNCTION: shop.loyalty_check()
CREATE OR REPLACE FUNCTION shop.loyalty_check() RETURNS trigger
    LANGUAGE plpgsql AS $$
DECLARE
  v_booked bigint;
  v_stated integer;
BEGIN
  SELECT coalesce(sum(e.points), 0) INTO v_booked
    FROM shop.loyalty_entry e WHERE e.customer_id = NEW.customer_id;
  SELECT a.points INTO v_stated
    FROM shop.loyalty_account a WHERE a.customer_id = NEW.customer_id;
  IF v_booked IS DISTINCT FROM v_stated THEN
    RAISE EXCEPTION 'points of customer %: % booked, % stated', NEW.customer_id, v_booked, v_stated
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END;
$$;

-- [4] DROP_FUNCTION: shop.loyalty_points_for(numeric, text)
DROP FUNCTION IF EXISTS shop.loyalty_points_for(numeric, text) CASCADE;

-- [5] CREATE_FUNCTION: shop.loyalty_points_for(numeric)
CREATE OR REPLACE FUNCTION shop.loyalty_points_for(total numeric) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN floor(total)::integer;
COMMENT ON FUNCTION shop.loyalty_points_for(numeric) IS 'One point per whole €';

COMMIT;