\d public.item
\dt public.item
\du nobody
\l template0
SELECT count(*), sum(price) FROM public.item;
SELECT id, upper(name) FROM public.item WHERE id IN (1, 2) ORDER BY id;
BEGIN;
UPDATE public.item SET price = price + 1 WHERE id = 1 RETURNING price;
ROLLBACK;
SELECT price FROM item WHERE id = 1;
SELECT 1 \; SELECT 2;
PREPARE p(int) AS SELECT name FROM public.item WHERE id = $1;
EXECUTE p(3);
DEALLOCATE p;
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM public.item ORDER BY id;
FETCH 2 FROM c;
COMMIT;
\copy (SELECT id, name FROM public.item WHERE id < 3 ORDER BY id) TO STDOUT
COPY public.item FROM STDIN;
201	new	1.5
202	newer	2.5
\.
SELECT count(*) FROM public.item;
SELECT name FROM public.item WHERE nothing = 1;
SELECT public.twice(4);
SELECT id FROM public.item WHERE id = 1 FOR UPDATE;
\set FETCH_COUNT 10
SELECT id FROM public.item ORDER BY id LIMIT 25;
