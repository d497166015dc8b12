package sql

import (
	"errors"
	"strings"
	"testing"

	"github.com/proxylib/proxylib/parsers/internal/sqllex"
)

// known is a server of which all is known that reading depends on.
var known = Settings{Client: EncodingUTF8, ServerUTF8: true, StandardStrings: true, Version: 18}

// accessed lists the accesses: "select public.t", "function lower()", "create schema s.", "set search_path"; those of a
// class that is not the operation's with it, as in "function nextval():write".
func accessed(r *Reader) string {
	var list []string
	for i := range r.Accesses {
		a := &r.Accesses[i]
		s := a.Operation.String()
		if a.Kind == Schema {
			s += " schema"
		}
		if len(a.Schema) > 0 {
			s += " " + string(a.Schema) + "."
		} else if len(a.Name) > 0 {
			s += " "
		}
		s += string(a.Name)
		if a.Kind == Function {
			s += "()"
		}
		if a.Kind == Table && a.Operation == None {
			s += "!"
		}
		if a.Class != a.Operation.Class() && !(a.Operation == CallFunction && a.Class == Read) {
			s += ":" + a.Class.String()
		}
		list = append(list, s)
	}
	return strings.Join(list, ", ")
}

// read holds statements of every kind and their accesses.
var read = []struct{ text, want string }{
	{"", ""},
	{" ; ;; -- nothing\n/* at /* all */ */", ""},
	{"select 1", "select"},
	{"SELECT * FROM public.T WHERE id = $1", "select public.t"},
	{"select * from System_User s", "select system_user, function pg_catalog.system_user()"},
	{"with x as (select 1 from system_user) select system_user from x", "select system_user, function pg_catalog.system_user()"},
	{`select * from "T", "S"."u""v"`, `select T, select S.u"v`},
	{"select escape.f(1), x like y escape z, x like s.from escape (z) from t",
		"function escape.f(), function pg_catalog.like_escape(), select t"},
	{"select system_user(1), system_user.f(2)", "function system_user(), function system_user.f(), select"},
	{"select substring(x from 1 for share(2)), substring(x for update (3)), ((select a from u) for share)",
		"function substring(), function pg_catalog.substring(), function share(), function update(), select u, select_for_update u"},
	{"select not ilike(1), x like not similar(2), x not ilike ('y'), t.name ilike ('z') from t",
		"function ilike(), function similar(), select t"},
	{"select f(x) over (order by rows (1), range (2) rows (3) preceding), g(x) over (rows groups (1) preceding) from t",
		"function f(), function rows(), function range(), function g(), function groups(), select t"},
	{`select * from db.s.t, only a, b *, only (c)`, "select s.t, select a, select b, select c"},
	{"select a as from, b as select, c.from from t x", "select t"},
	{"select 'from secret', $$ from secret $$, $a$ $$ from secret $a$, E'\\' from secret', U&'\\'", "select"},
	{"select 'a' -- b'\n ' from secret' from t", "select t"},
	{"select 1 /* from /* secret */ from */ from t", "select t"},
	{"select a from t union all select b from u except (table v intersect values (1)) order by 1",
		"select t, select u, select v"},
	{"select (select max(x) from a), array(select y from b), exists (select from c) from d where z in (select w from e)",
		"function max(), select a, select b, select c, select d, select e"},
	{"select a from t join u using (x) left join (v natural join w) on lower(a) = 'x' cross join lateral f(y) with ordinality as g (z)",
		"select t, select u, select v, select w, function lower(), function f()"},
	{"select * from ((select * from a) x join (values (1)) y on true), ((select 1) union select 2 from b) z",
		"select a, select b"},
	{"select * from rows from (f(1) as (a int, b numeric(3, 2)), g(2)) as h", "function f(), function g(), select"},
	{"select * from generate_series(1, 3) s, current_date d, cast(f() as text) e",
		"function generate_series(), function f(), select"},
	{"select * from t tablesample system (1) repeatable (g())", "select t, function system(), function g()"},
	{"select * from json_table(f(), '$[*]' passing g() as x columns (a varchar(3) path '$.a', nested path '$.b' columns (c int))) j",
		"function json_table(), function f(), function g(), select"},
	{"select * from xmltable('/r' passing (select d from docs) columns id int path '@id', v text default h())",
		"select docs, function h()"},
	{"select sum(a) filter (where b > f(1)) over (partition by g(2) order by c rows between 1 preceding and current row) from t window w as (order by h(3))",
		"function sum(), function f(), function g(), select t, function h()"},
	{"select rollup(a) from t group by distinct rollup (a, cube(b)), (select 1 from u group by cube (c)), f(rollup(d))",
		"function rollup(), select t, function cube(), select u, function f()"},
	{"select percentile_cont(0.5) within group (order by x) from t group by grouping sets ((a), rollup (b, f(1)), cube (c)), rollup (d)",
		"function percentile_cont(), select t, function f()"},
	{"select cube(a) from t group by f(cube(b))", "function cube(), select t, function f()"},
	{"select * from t for update", "select t, select_for_update t"},
	{"select * from t, (select * from u) x for no key update of t skip locked", "select t, select u, select_for_update t, select_for_update u"},
	{"select (select a from s) from t for share", "select s, select t, select_for_update t"},
	{"select * from t where x = ((select a from s) for update)", "select t, select s, select_for_update s"},
	{"select * from t for read only", "select t"},
	{"select * into temp x from t", "create x, select t"},
	{"select 1 into table s.x", "create s.x, select"},
	{"with a as (select * from a) select * from a, public.a", "select a, select public.a"},
	{"with a as (select * from b), b as (select * from a) select * from b", "select b"},
	{"with recursive a as (select 1 union select * from a) search depth first by x set y cycle x set z using p select * from a",
		"select"},
	{"(with a as (select 1) select * from a) union select * from a", "select a"},
	{"with a as (select 1) select (with a as (select * from a) select x from a) from a", "select"},
	{"with w as (insert into t values (1) returning *) select * from w", "insert t, select t"},
	{"with a as (select 1) delete from a where true", "delete a, select a"},
	{"select extract(year from x), substring(y from 1 for 2), trim(both 'a' from z), position('a' in f()), overlay(a placing b from 1)",
		"function pg_catalog.extract(), function substring(), function pg_catalog.substring(), function pg_catalog.btrim(), " +
			"function pg_catalog.ltrim(), function pg_catalog.rtrim(), function pg_catalog.position(), function f(), " +
			"function overlay(), function pg_catalog.overlay(), select"},
	{"select a at time zone 'UTC', b is not distinct from c, d is nfc normalized, e like f escape 'x', (1, 2) overlaps (3, 4), g similar to 'h'",
		"function pg_catalog.timezone(), function pg_catalog.is_normalized(), function pg_catalog.like_escape(), " +
			"function pg_catalog.overlaps(), function pg_catalog.similar_to_escape(), select"},
	{"select a::vector(3), cast(b as s.geometry(point, 4326)), c::double precision[], d::timestamp(3) with time zone, interval '1' day, date '2020-01-01'",
		"select"},
	{"select a operator(pg_catalog.+) b, c operator(s.@@) d", "function s.@@(), select"},
	{"select pg_catalog.set_config('Search_path', '', false), set_config('role', x, true)",
		"set search_path, function pg_catalog.set_config(), set_role role, function set_config(), select"},
	{"select set_config(x, 'y', true), set_config('ro' || 'le', 'y', true), set_config('role'::text, 'y', true), set_config(e'role', 'y', true)",
		"function set_config():admin, select"},
	{"select f(1) operator(s.+) over() from t", "function f(), function s.+(), function over(), select t"},
	{"select distinct on (a) over(1), filter(2) from t", "function over(), function filter(), select t"},
	{"select x.f(1), \"F\"(2), db.s.g(variadic array[h(3)])", "function x.f(), function F(), function s.g(), function h(), select"},
	{"select nextval('s'), pg_read_file('/etc/passwd'), public.lower('x'), pg_catalog.now(), pg_catalog.new_in_19(), mine()",
		"function nextval(), function pg_read_file():admin, function public.lower(), function pg_catalog.now(), " +
			"function pg_catalog.new_in_19():admin, function mine(), select"},
	{"select left('a', 1) from a left join b on right(c, 1) = 'x' left join d on true",
		"function left(), select a, select b, function right(), select d"},
	{"select count(*) is from t", "function count(), select t"},
	{"insert into t values (1, default), ((select 2 from u), 3)", "insert t, select u"},
	{"insert into s.t as x (a, b[1], c.d) overriding user value select * from u on conflict (lower(a)) where b do update set a = excluded.a, (b, c) = (select 1, 2 from v) where f() returning g()",
		"insert s.t, select u, function lower(), select s.t, update s.t, select v, function f(), function g()"},
	{"insert into t default values", "insert t"},
	{"insert into t (select 1)", "insert t"},
	{"insert into t select 1 from u on conflict do nothing", "insert t, select u"},
	{"insert into t values (1) returning with (old as o) o.*", "insert t, select t"},
	{"update t set a = 1", "update t"},
	{"update only s.t as x set a[1] = f(), b.c = default where current of d", "update s.t, function f(), select s.t"},
	{"update t set n = n + 1", "update t, select t"},
	{"update t set a = u.a from u where true returning *", "update t, select u, select t"},
	{"delete from t", "delete t"},
	{"delete from t using u where t.a = u.a", "delete t, select u, select t"},
	{"merge into t using (select * from s) x on t.a = x.a when matched and x.b then update set b = f() when not matched by source then delete when not matched then insert (a) values (1)",
		"merge t, select t, select s, update t, function f(), delete t, insert t"},
	{"copy t from stdin", "copy t"},
	{"copy s.t (a, b) to stdout with (format csv, force_quote (a))", "copy s.t:read"},
	{"copy (select * from t) to stdout", "select t, copy:read"},
	{"copy (delete from t returning *) to stdout", "delete t, select t, copy:read"},
	{"copy t from '/tmp/x' csv header where f(a)", "copy_file t, function f()"},
	{"copy t to program 'sh'", "copy_program t"},
	{"truncate table only a, s.b restart identity cascade", "truncate a, truncate s.b"},
	{"lock table a, b in share mode nowait", "lock a, lock b"},
	{"lock table a in access share mode; lock a in access exclusive mode", "lock a:read, lock a"},
	{"lock a in access exclusive mode; lock table a in access share mode", "lock a"},
	{"begin isolation level serializable, read only; savepoint a; rollback to a; release a; commit and chain; end; abort",
		"begin, savepoint, rollback_to, release, commit, rollback"},
	{"prepare transaction 'x'; commit prepared 'x'; rollback prepared 'x'", "prepare_transaction, commit_prepared, rollback_prepared"},
	{"set local search_path to a, \"B\"", "set search_path"},
	{"set session authorization default", "set_session_authorization session_authorization"},
	{"set role none; set \"Role\" = x; reset session authorization",
		"set_role role, set_session_authorization session_authorization"},
	{"set transaction read write; set session characteristics as transaction read only", "set_transaction"},
	{"set characteristics to a; set characteristics.a = 1", "set characteristics, set characteristics.a"},
	{"set constraints all deferred", "set_constraints"},
	{"show search_path; show all", "show search_path"},
	{"reset all", "reset"},
	{"discard all", "discard"},
	{"explain (analyze, buffers) delete from t", "delete t, explain"},
	{"explain (select 1 from t)", "select t, explain"},
	{"prepare p (int, text[]) as select * from t where a = $1", "select t, prepare"},
	{"execute p (1, f(2))", "execute p, function f()"},
	{"deallocate all", "deallocate"},
	{"declare c insensitive no scroll cursor with hold for select * from t", "select t, declare"},
	{"fetch forward 5 from c; move all in c; close c", "fetch, move, close"},
	{"call s.p(f(1))", "call s.p(), function f()"},
	{"do language plpgsql $$ begin end $$", "do"},
	{"listen a; notify a, 'x'; unlisten *", "listen a, notify a, unlisten"},
	{"vacuum (full, analyze) a, s.b (c); analyze", "vacuum a, vacuum s.b, analyze"},
	{"cluster a using b; reindex table concurrently c; refresh materialized view d with no data; checkpoint; load 'x'",
		"cluster a, reindex c, refresh d, checkpoint, load"},
	{"grant select (a), insert on s.t, u to x; revoke all on all tables in schema s from x; grant a to b",
		"grant s.t, grant u, revoke schema s., grant"},
	{"grant execute on function f(int) to public", "grant f()"},
	{"comment on column s.t.c is 'x'; security label for p on table t is 'y'", "comment s.t, security_label t"},
	{"alter system set x = 1", "alter_system"},
	{"create table if not exists s.t (a int primary key default f(), b vector(3) references u (c), check (g(a)), like w including all) inherits (p) partition by range (lower(b))",
		"create s.t, function f(), create u, function g(), create w, create p, function lower()"},
	{"create function f(a int = operator(s.+) 1) returns int language sql as ''", "create f(), function s.+()"},
	{"create function f(a int default partition()) returns int language sql as ''", "create f(), function partition()"},
	{"create table t (exclude using gist ((a and set(1)) with =)); alter table t add a int generated always as (b or key(2)) stored",
		"create t, function set(), alter t, function key()"},
	{"create table t as select * from u", "create t, select u"},
	{"create temp table t partition of s.p for values from (f()) to (maxvalue)", "create t, create s.p, function f()"},
	{"create or replace view v as with a as (select * from t) select * from a with check option", "create v, select t"},
	{"create unique index concurrently i on s.t using gin (lower(a) text_ops) where f(b)", "create s.t, function lower(), function f()"},
	{"create rule r as on insert to t where f() do instead (delete from u; notify c)", "create t, function f(), delete u, notify c"},
	{"create trigger g before insert on t from u for each row when (f()) execute function s.h(1)",
		"create t, create u, function f(), function s.h()"},
	{"create function s.f(a int default g()) returns int begin atomic insert into t values (1); select * from u; end",
		"create s.f(), function g(), insert t, select u"},
	{"create statistics mapping (mcv) on a from t; create user mapping for x server s; alter user mapping set a = b",
		"create mapping, select t, create, alter mapping"},
	{"create index on t (a) include (b, system_user, (c at time zone 'd'))",
		"create t, function pg_catalog.system_user(), function pg_catalog.timezone()"},
	{"create function f(a numeric(3, 1) = g(), b int = 1 + h(2), c text = system_user) returns table (d varchar(3)) language sql set e = 'f' as 'x'",
		"create f(), function g(), function h(), function pg_catalog.system_user()"},
	{"create function f() returns int language sql return (select a from t)", "create f(), select t"},
	{"create schema s create table t (a int) create view v as select 1 grant select on t to x",
		"create schema s., create t, create v, grant t"},
	{"create publication p for table t (a), tables, only s.u where (f()), tables in schema v, table w (b), x",
		"create p, create t, create tables, create s.u, function f(), create w, create x"},
	{"create extension dblink; create role r login; create policy p on t for select using (f())",
		"create dblink, create r, create t, function f()"},
	{"alter table if exists s.t add b int default f(), attach partition q for values in (1)", "alter s.t, function f(), alter q"},
	{"alter default privileges in schema s grant select on tables to x", "alter tables"},
	{"drop table if exists a, s.b cascade; drop function f(int), g; drop schema s, t; drop trigger x on u",
		"drop a, drop s.b, drop f(), drop g(), drop schema s., drop schema t., drop u"},
	{"import foreign schema a limit to (b, c) from server d into e",
		"import_foreign_schema schema a., import_foreign_schema b, import_foreign_schema c, import_foreign_schema schema e."},
	{"select * from t; drop table u", "select t, drop u"},
	{"table t", "select t"},
	{"values (f(1))", "function f(), select"},
	{`select * from U&"!0074" uescape '!'`, "select t"},
	{"select * from abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij",
		"select abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc"},
	{"select * from Ünïcode", "select Ünïcode"},
}

func TestAccesses(t *testing.T) {
	var r Reader
	for _, c := range read {
		if err := r.Read([]byte(c.text), known); err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		want := c.want
		if got := accessed(&r); got != want {
			t.Errorf("%s:\n got %s\nwant %s", c.text, got, want)
		}
	}
}

// notRead holds what is refused, with where and why.
var notRead = []struct {
	text   string
	offset int
	reason Reason
}{
	{"create function f(text(timestamp '2026-01-01' at local)) returns int as 'x'", 33, ReasonForm},
	{"create function f() returns a(timestamp '2026-01-01' at local) as 'x'", 40, ReasonForm},
	{"drop function f(a (timestamp at time zone 'b'))", 29, ReasonForm},
	{"select 'a", 7, sqllex.ReasonOpen},
	{"select \"a", 7, sqllex.ReasonOpen},
	{"select $a$ $b$", 7, sqllex.ReasonOpen},
	{"select 1 /* /* */", 9, sqllex.ReasonOpen},
	{"select \"\"", 7, sqllex.ReasonName},
	{"select 1a", 7, sqllex.ReasonNumber},
	{"select 0x", 7, sqllex.ReasonNumber},
	{"select 1__0", 7, sqllex.ReasonNumber},
	{"select $1a", 7, sqllex.ReasonNumber},
	{"select \x00", 7, sqllex.ReasonNUL},
	{"select \\", 7, sqllex.ReasonByte},
	{"select \v1", 7, sqllex.ReasonByte},
	{"select 1 from $", 14, sqllex.ReasonByte},
	{"select '\xff'", 0, ReasonUTF8},
	{"select * from U&\"\\00\"", 14, sqllex.ReasonName},
	{"select * from U&\"\\0000\"", 14, sqllex.ReasonName},
	{"select U&'a' uescape '+'", 20, sqllex.ReasonUescape},
	{"select * from a.b.c.d", 21, sqllex.ReasonName},
	{"select * from where x", 20, ReasonNoName},
	{"select * from t where (a", 24, ReasonForm},
	{"select * from t where a)", 23, ReasonForm},
	{"select a from t b c from secret", 18, ReasonForm},
	{"select (a from secret)", 10, ReasonForm},
	{"select (select a from t b c from secret)", 26, ReasonForm},
	{"select 1 select 2", 9, ReasonForm},
	{"create table t as select 1 do, a from secret", 27, ReasonForm},
	{"create table t (a int default (select 1 do, b from secret))", 40, ReasonForm},
	{"frobnicate t", 11, ReasonKind},
	{"1", 0, ReasonKind},
	{"copy t to", 9, ReasonForm},
	{"copy (select 1) from stdin", 26, ReasonForm},
	{"select treat(a as b)", 7, ReasonForm},
	{"select numeric.a.b.c(1)", 20, sqllex.ReasonName},
	{"select " + strings.Repeat("(", 100) + strings.Repeat(")", 100), 70, ReasonDeep},
	{strings.Repeat("select (", 100), 512, ReasonDeep},
	{"select " + strings.Repeat("a", 70) + "é", 7, sqllex.ReasonName},
}

func TestWhatIsNotUnderstoodIsRefused(t *testing.T) {
	var r Reader
	for _, c := range notRead {
		var e *Error
		if err := r.Read([]byte(c.text), known); !errors.As(err, &e) || e.Offset != c.offset || e.Reason != c.reason {
			t.Errorf("%.60s: %v, want byte %d: %s", c.text, err, c.offset, c.reason)
		}
	}
}
