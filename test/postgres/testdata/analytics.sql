select l_returnflag, sum(l_quantity) as sum_qty from lineitem where l_shipdate <= date '1998-12-01' - interval '90' day group by l_returnflag order by l_returnflag;
