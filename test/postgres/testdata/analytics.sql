-- Queries in the style of decision support benchmarks, over a shop and its stores.
select returned, status, sum(quantity) as sum_quantity, sum(price * (1 - discount)) as sum_price, avg(quantity), count(*)
from line where shipped <= date '1998-12-01' - interval '90' day group by returned, status order by returned, status;

select s.balance, s.name, n.name, p.id from part p, supplier s, partsupplier ps, nation n, region r
where p.id = ps.part and s.id = ps.supplier and p.size = 15 and p.type like '%BRASS' and s.nation = n.id and n.region = r.id
and ps.cost = (select min(x.cost) from partsupplier x, supplier y, nation z where p.id = x.part and y.id = x.supplier and y.nation = z.id)
order by s.balance desc, n.name, s.name limit 100;

select priority, count(*) from orders o where o.day >= date '1993-07-01' and o.day < date '1993-07-01' + interval '3 months'
and exists (select * from line l where l.orders = o.id and l.commit_day < l.receipt_day) group by priority order by priority;

select supplier_nation, customer_nation, year, sum(volume) as revenue from (
  select n1.name as supplier_nation, n2.name as customer_nation, extract(year from shipped) as year, price * (1 - discount) as volume
  from supplier, line, orders, customer, nation n1, nation n2
  where (n1.name = 'FRANCE' and n2.name = 'GERMANY' or n1.name = 'GERMANY' and n2.name = 'FRANCE')
  and shipped between date '1995-01-01' and date '1996-12-31') as shipping
group by supplier_nation, customer_nation, year order by 1, 2, 3;

select year, sum(case when nation = 'BRAZIL' then volume else 0 end) / sum(volume) as share
from (select extract(year from o.day) as year, volume, nation from all_nations o) x group by year having sum(volume) > 0;

select c_count, count(*) as customers from (
  select c.id, count(o.id) from customer c left outer join orders o on c.id = o.customer and o.comment not like '%special%requests%'
  group by c.id) as c_orders (c_id, c_count) group by c_count order by customers desc, c_count desc;

create view revenue (supplier, total) as select supplier, sum(price * (1 - discount)) from line
where shipped >= date '1996-01-01' and shipped < date '1996-01-01' + interval '3' month group by supplier;

select s.id, s.name, r.total from supplier s, revenue r where s.id = r.supplier and r.total = (select max(total) from revenue);

select substring(phone from 1 for 2) as code, count(*), sum(balance) from customer
where substring(phone from 1 for 2) in ('13', '31', '23') and balance > (select avg(balance) from customer where balance > 0.00)
and not exists (select 1 from orders where orders.customer = customer.id) group by code order by code;

with year_total as (
  select c.id, c.name, d.year, sum(s.list_price - s.discount) as total, 's' as kind from customer c, store_sales s, days d
  where c.id = s.customer and s.day = d.id group by c.id, c.name, d.year
  union all
  select c.id, c.name, d.year, sum(w.list_price - w.discount), 'w' from customer c, web_sales w, days d
  where c.id = w.customer and w.day = d.id group by c.id, c.name, d.year)
select a.id, a.name from year_total a, year_total b, year_total c, year_total d
where a.id = b.id and b.id = c.id and c.id = d.id and a.kind = 's' and c.kind = 'w' and a.year = 2001 and b.year = 2002
and case when c.total > 0 then d.total / c.total end > case when a.total > 0 then b.total / a.total end order by 1 limit 100;

select channel, id, sum(sales) as sales, sum(returns) as returns, grouping(channel) + grouping(id) from (
  select 'store' as channel, 'store' || store as id, sales, coalesce(returns, 0) as returns from store_sales
  left join store_returns using (item, ticket) union all
  select 'web', 'site' || site, sales, returns from web_sales natural left join web_returns) x
group by rollup (channel, id) order by channel nulls first, id limit 100;

select category, class, item, year, sum(sales), rank() over (partition by category order by sum(sales) desc) as rk,
  sum(sum(sales)) over w as running, lag(sum(sales), 1) over w from store_sales, days, items
where day = days.id and item = items.id group by grouping sets ((category, class, item, year), rollup (category, class), cube (year), ())
window w as (partition by category order by year rows between unbounded preceding and current row exclude ties);

with recursive subordinates (id, manager, depth, path) as (
  select id, manager, 0, array[id] from employees where manager is null
  union all select e.id, e.manager, s.depth + 1, s.path || e.id from employees e join subordinates s on e.manager = s.id where s.depth < 10)
select depth, count(*) filter (where id % 2 = 0), percentile_cont(0.5) within group (order by array_length(path, 1)) from subordinates group by depth;

select p.id, t.day, coalesce(t.quantity, 0) from products p cross join lateral (
  select day, sum(quantity) as quantity from sales s where s.product = p.id group by day order by day desc fetch first 3 rows with ties) t
where p.attributes @> '{"colour": "red"}'::jsonb and p.tags && array['a', 'b']::text[] for update of p skip locked;

with moved as (delete from queue where id in (select id from queue order by id for update skip locked limit 10) returning *)
insert into archive (id, body) select id, body from moved on conflict (id) do update set body = excluded.body where archive.body is distinct from excluded.body returning id;

merge into stock s using (select item, sum(quantity) as quantity from deliveries group by item) d on s.item = d.item
when matched and s.quantity + d.quantity = 0 then delete when matched then update set quantity = s.quantity + d.quantity
when not matched then insert (item, quantity) values (d.item, d.quantity);

select time_bucket('1 hour', at) as hour, last(value, at), public.median(value) from measures
where at > now() at time zone 'UTC' - make_interval(days => 7) group by hour;
