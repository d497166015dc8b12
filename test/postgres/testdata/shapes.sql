-- Queries in the style of decision support benchmarks: the shapes of a retailer's reports, over its stores, catalog and site.

-- A report of prices, with a pivot by CASE and shares of a total.
select l.returned, l.status, sum(l.quantity) as quantity, sum(l.price * (1 - l.discount) * (1 + l.tax)) as charge, avg(l.discount),
  count(*) as n, sum(case when l.mode in ('air', 'rail') then 1 else 0 end) as fast, sum(case l.mode when 'ship' then l.price end) as shipped
from retail.line l where l.sent <= date '2024-12-01' - interval '3' month group by l.returned, l.status order by 1, 2;

select 100.00 * sum(case when p.kind like 'PROMO%' then l.price * (1 - l.discount) else 0 end) / nullif(sum(l.price * (1 - l.discount)), 0) as promoted
from retail.line l join retail.part p on l.part = p.id where l.sent >= date '2024-09-01' and l.sent < date '2024-09-01' + interval '1 month';

-- The cheapest supplier in a region, by a correlated query.
select s.name, n.name, p.id from retail.part p, retail.supplier s, retail.offer o, retail.nation n where p.id = o.part and s.id = o.supplier
and o.cost = (select min(i.cost) from retail.offer i join retail.supplier j on i.supplier = j.id where i.part = p.id and j.nation in
  (select id from retail.nation where region = (select id from retail.region where name = 'EUROPE'))) and s.nation = n.id order by 1 limit 100;

-- Orders that are late, ones that only one supplier is late for, customers without orders.
select o.priority, count(*) from retail.orders o where exists (select from retail.line l where l.orders = o.id and l.promised < l.received)
and o.day >= '2024-07-01'::date and o.day < '2024-07-01'::date + interval '3' month group by o.priority having count(*) > 1 order by o.priority;
select s.name, count(*) as late from retail.supplier s, retail.line a, retail.orders o where s.id = a.supplier and o.id = a.orders and o.status = 'F'
and a.received > a.promised and exists (select * from retail.line b where b.orders = a.orders and b.supplier <> a.supplier)
and not exists (select * from retail.line c where c.orders = a.orders and c.supplier <> a.supplier and c.received > c.promised) group by s.name order by late desc, s.name;
select substring(c.phone from 1 for 2) as code, count(*), sum(c.balance) from retail.customer c where left(c.phone, 2) = any (array['13', '31'])
and c.balance > (select avg(i.balance) from retail.customer i where i.balance > 0.00) and c.id not in (select o.customer from retail.orders o) group by 1;

-- Volumes between nations by year, with names of columns that are keywords.
select supply, consume, year, sum(volume) from (select a.name as supply, b.name as consume, extract(year from l.sent) as year, l.price * (1 - l.discount) as volume
  from retail.supplier s join retail.line l on s.id = l.supplier join retail.orders o on o.id = l.orders join retail.customer c on c.id = o.customer
  join retail.nation a on s.nation = a.id join retail.nation b on c.nation = b.id where (a.name, b.name) in (('FRANCE', 'PERU'), ('PERU', 'FRANCE'))) as shipping
group by supply, consume, year order by supply, consume, year;
select o_year, sum(case when nation = 'BRAZIL' then volume else 0 end) / sum(volume) as share from (select date_part('year', o.day) as o_year, l.price as volume, n.name as nation
  from retail.orders o join retail.line l on l.orders = o.id natural join retail.nation n) as all_nations group by o_year order by o_year;
select c_orders, count(*) as customers from (select c.id, count(o.id) from retail.customer c left outer join retail.orders o on c.id = o.customer
  and o.comment not like '%special%' group by c.id) as d (id, c_orders) group by c_orders order by customers desc, c_orders desc;
with revenue (supplier, total) as (select supplier, sum(price) from retail.line group by supplier)
select s.id, r.total from retail.supplier s, revenue r where s.id = r.supplier and r.total = (select max(total) from revenue) order by s.id;
select p.brand, p.size, count(distinct o.supplier) as suppliers from retail.offer o, retail.part p where p.id = o.part and p.brand <> 'B45' and p.kind not like 'M%'
and p.size in (49, 14, 23) and o.supplier not in (select id from retail.supplier where comment like '%Customer%Complaints%') group by p.brand, p.size;
select sum(l.price) / 7.0 as yearly from retail.line l, retail.part p where p.id = l.part and l.quantity < (select 0.2 * avg(i.quantity) from retail.line i where i.part = p.id);
select o.id, sum(l.quantity) from retail.orders o join retail.line l on o.id = l.orders where o.id in (select orders from retail.line group by orders having sum(quantity) > 300)
group by o.id, o.day order by o.total desc, o.day fetch first 100 rows only;
select sum(price) from retail.line, retail.part where (part = id and brand = 'B12' and quantity between 1 and 1 + 10 and size between 1 and 5 and mode in ('AIR'))
or (part = id and brand = 'B23' and quantity >= 10 and quantity <= 10 + 10) or (part = id and not (brand = 'B34') and mode is distinct from 'SHIP');

-- Chains of common table expressions, over years and channels.
with sold as (select s.customer, d.year, sum(s.paid) as total, 's' as channel from retail.store_sales s, retail.days d where s.day = d.id group by s.customer, d.year
  union all select w.customer, d.year, sum(w.paid), 'w' from retail.web_sales w join retail.days d on w.day = d.id group by 1, 2),
grown as (select a.customer, b.total / nullif(a.total, 0) as growth, a.channel from sold a join sold b using (customer, channel) where b.year = a.year + 1),
best as not materialized (select customer, max(growth) over (partition by channel) as top, growth, channel from grown)
select c.name, b.* from best b join retail.customer c on c.id = b.customer where b.growth = b.top order by c.name nulls first limit 100 offset 10;
with returned as materialized (select r.customer, r.store, sum(r.amount) as total from retail.store_returns r where r.day between 1 and 365 group by r.customer, r.store)
select c.name from returned r, retail.store s, retail.customer c where r.total > (select avg(total) * 1.2 from returned i where r.store = i.store)
and s.id = r.store and s.state ~ '^(TN|SD)$' and c.id = r.customer;

-- Grouping sets, rollup, cube, and what goes with them.
select coalesce(channel, 'all'), id, grouping(channel, id), sum(sales), sum(profit - loss) from (
  select 'store' as channel, 'store' || s.id as id, sum(x.paid) as sales, sum(x.profit) as profit, coalesce(sum(y.loss), 0) as loss
  from retail.store s join retail.store_sales x on x.store = s.id left join retail.store_returns y on (x.ticket, x.item) = (y.ticket, y.item) group by s.id
  union all select 'web', 'site' || id, sum(paid), sum(profit), 0 from retail.web_sales group by id) x
group by rollup (channel, id) order by 1 nulls last, 2 using < limit 100;
select i.category, i.class, d.year, d.quarter, sum(s.paid), rank() over (partition by grouping(i.category) + grouping(i.class), case when grouping(i.class) = 0
  then i.category end order by sum(s.paid) desc) as rank_within from retail.store_sales s join retail.items i on s.item = i.id join retail.days d on s.day = d.id
group by grouping sets (cube (i.category, i.class), rollup (d.year, d.quarter), (i.category, d.year), ()) having sum(s.paid) > 0 order by 6 desc;
select all grouping(a, b), count(*) from retail.facts group by distinct rollup (a, b), rollup (a, c);

-- Intersect, except, and their order.
select count(*) from (select distinct name, day from retail.store_sales intersect select distinct name, day from retail.catalog_sales
  intersect all (select name, day from retail.web_sales except select name, day from retail.web_returns)) as loyal;
(select id from retail.items order by price desc limit 10) except all (select item from retail.web_returns) union (values (1), (2)) order by 1;

-- Windows: running, moving and ranked.
select item, day, sum(sum(paid)) over w as running, avg(sum(paid)) over (w rows 6 preceding) as moving, sum(paid) - lag(sum(paid), 1, 0) over w as change,
  ntile(4) over (order by sum(paid)), percent_rank() over w, first_value(day) over (partition by item order by sum(paid) desc range between unbounded preceding and unbounded following),
  count(*) filter (where sum(paid) > 10) over (partition by item groups between 1 preceding and 1 following exclude current row)
from retail.store_sales group by item, day window w as (partition by item order by day);
select * from (select i.category, i.brand, d.month, sum(s.price) as total, avg(sum(s.price)) over (partition by i.category, i.brand, d.year) as usual,
  rank() over (partition by i.category order by d.year, d.month) as rn from retail.items i, retail.store_sales s, retail.days d where s.item = i.id and s.day = d.id
  group by i.category, i.brand, d.year, d.month) v where usual > 0 and case when usual > 0 then abs(total - usual) / usual else null end > 0.1 order by total - usual, 3 limit 100;
select store, item, revenue from (select store, item, sum(price) as revenue, row_number() over (partition by store order by sum(price) desc, item) as n
  from retail.store_sales group by store, item) as ranked where n <= 3;

-- Pivots, hours of the day, days between, ages.
select store, sum(case when d.name = 'Sunday' then price end) as sunday, sum(price) filter (where d.name = 'Monday') as monday,
  max(price) filter (where extract(hour from s.at at time zone 'UTC') between 8 and 12) as morning, count(*) filter (where s.at - s.ordered > interval '30 days') as late
from retail.store_sales s join retail.days d on d.id = s.day group by store;
select (select count(*) from retail.store_sales where hour = 8 and minute >= 30) as h8, (select count(*) from retail.store_sales where hour = 9) as h9,
  (select avg(price) from retail.store_sales where quantity between 1 and 20) / greatest((select count(*) from retail.web_sales), 1) as ratio;
select date_trunc('week', at)::date as week, extract(dow from at), at::date - ordered::date as days, age(at, ordered), at + make_interval(days => 3), overlay(name placing 'x' from 2 for 1),
  to_char(at, 'YYYY-MM'), (at, at + interval '1' day) overlaps (ordered, ordered + '2 days'::interval), trim(both ' ' from name), position('a' in name), cast(price as numeric(12, 2))
from retail.store_sales tablesample system (10) repeatable (1) where at >= now() - interval '1 year 2 months' and at < current_date and not isfinite(at) is unknown;

-- Statistics and correlations, sets as arrays and documents.
select warehouse, item, stddev_samp(quantity) / nullif(avg(quantity), 0) as variation, corr(a, b), regr_slope(a, b), percentile_cont(array[0.25, 0.5]) within group (order by quantity),
  mode() within group (order by item), string_agg(distinct name, ', ' order by name desc), array_agg(item order by item)[1:3], jsonb_object_agg(name, quantity)
from retail.inventory group by warehouse, item having stddev_samp(quantity) > 1 and bool_or(a > b);
select s.id, l.item, t.word, j.key from retail.store s cross join lateral (select item from retail.store_sales x where x.store = s.id order by price desc limit 3) l
left join lateral unnest(string_to_array(s.words, ' ')) with ordinality as t (word, n) on t.n < 5, jsonb_each(s.attributes) as j (key, value), generate_series(1, s.floors) as f
where s.attributes -> 'open' ->> 0 = 'yes' and s.attributes @? '$.rooms[*] ? (@.size > 3)' and s.tags @> '{"new"}' and not s.hours && int4range(1, 5);
with recursive parts (id, whole, n, path, depth) as (select id, whole, 1, array[id], 0 from retail.bill where whole is null
  union all select b.id, b.whole, p.n * b.n, p.path || b.id, depth + 1 from retail.bill b join parts p on b.whole = p.id) search depth first by id set ordered cycle id set looped using way
select whole, sum(n) from parts where not looped group by whole order by min(depth);
select customer, bought, first, last from retail.baskets b full outer join (select customer, min(day) as first, max(day) as last from retail.store_sales group by customer) s using (customer)
where (b.bought is null) <> (s.first is null) or row (b.bought, 1) is distinct from row (s.first, 2) or b.id = some (select id from retail.baskets where id % 2 = 0);
insert into retail.summary (day, store, total) select day, store, sum(paid) from retail.store_sales group by day, store on conflict (day, store)
do update set total = excluded.total, at = default where summary.total <> excluded.total returning summary.day, (select name from retail.store where id = summary.store);

-- Words of the grammar before parentheses.
select sum(a) over (order by b rows (select 1) preceding), sum(a) over (partition by b range (1) preceding), sum(a) over (groups (1) preceding), sum(a) over w, sum(a) over (v rows (1) preceding)
from public.t window v as (order by b desc), w as (order by name rows (1) preceding);
select sum(a) over (order by rows (1), groups (2) rows (3) preceding) from public.t;
select * from public.t where t.name ilike ('%x%') and name ilike ('a' || b) and a::text ilike ('b') and t.type not ilike ('c') and data not similar to ('d') and location like ('e') escape ('f');
select xmlexists('/a' passing by ref (b)), json_value(b, '$.a' returning numeric(10, 2)), json_query(b, '$.a' returning vector(3)), substring(a from (1) for (2)) from public.t;
