-- Tools for the price list: an aggregate, an operator, a cast.
SET search_path = shop, pg_catalog;

CREATE AGGREGATE shop.product (numeric) (
    SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1', PARALLEL = SAFE, COMBINEFUNC = numeric_mul
);

CREATE FUNCTION price_distance(numeric, numeric) RETURNS numeric
    LANGUAGE sql IMMUTABLE STRICT AS 'SELECT pg_catalog.abs($1 - $2) /* $2; ''$$'' */';
CREATE OPERATOR shop.<~> (
    LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = shop.price_distance, COMMUTATOR = OPERATOR(shop.<~>)
);

CREATE FUNCTION plain_amount(m money_amount) RETURNS numeric
    LANGUAGE sql IMMUTABLE STRICT RETURN (m).amount;
CREATE CAST (shop.money_amount AS numeric) WITH FUNCTION shop.plain_amount(shop.money_amount) AS ASSIGNMENT;

CREATE FUNCTION cheapest(VARIADIC prices numeric[], OUT price numeric, OUT "at;position" integer) RETURNS record
    LANGUAGE sql IMMUTABLE AS $function$
    SELECT p, n::integer FROM unnest($1) WITH ORDINALITY AS u (p, n) ORDER BY p, n LIMIT 1; -- the first; not "a" first
$function$;

COMMENT ON AGGREGATE shop.product(numeric) IS 'Π';
COMMENT ON OPERATOR shop.<~> (numeric, numeric) IS 'How far apart';
COMMENT ON CAST (shop.money_amount AS numeric) IS 'Forgets the currency!';

ALTER TABLE order_line ADD COLUMN line_total numeric GENERATED ALWAYS AS (quantity * unit_price) STORED;
