DROP TABLE public.review;
