"""Prints what psycopg gets from a server, with simple, extended, prepared and pipelined queries, COPY and cursors."""

import logging
import sys

import psycopg

host, port, mode = sys.argv[1:]

# Whether psycopg says at the end of a pipeline that it was aborted goes by when the server's messages are read.
logging.getLogger("psycopg").setLevel(logging.ERROR)


def connect(user="scram"):
    return psycopg.connect(host=host, port=port, user=user, password="p", dbname="postgres", application_name="py")


def attempt(name, work):
    with connect() as c:
        try:
            print(name, work(c))
        except psycopg.Error as e:
            print(name, type(e).__name__, e.sqlstate)
            try:
                print("  after it", c.info.transaction_status.name)
                c.rollback()
                print("  still", c.execute("SELECT id FROM public.item WHERE id = %s", [1]).fetchall())
            except psycopg.Error as later:
                print("  later", later.sqlstate)


def copy_in(c, table="public.item"):
    with c.cursor() as cur:
        with cur.copy(f"COPY {table} (id, name) FROM STDIN") as copy:
            for n in range(300, 320):
                copy.write_row((n, "copied"))
        return cur.rowcount


def copy_out(c, table="public.item"):
    with c.cursor() as cur, cur.copy(f"COPY (SELECT id FROM {table} ORDER BY id LIMIT 3) TO STDOUT") as copy:
        return [bytes(data) for data in copy]


def pipelined(c, text):
    with c.pipeline():
        first = c.execute("SELECT name FROM public.item WHERE id = %s", [1])
        c.execute("INSERT INTO public.item VALUES (%s, %s)", [900, "partial"])
        second = c.execute(text)
        third = c.execute("SELECT name FROM public.item WHERE id = %s", [2])
        results = [x.fetchall() for x in (first, second, third)]
    c.rollback()
    return results


def server_cursor(c):
    with c.cursor(name="cursor") as cur:
        cur.itersize = 7
        cur.execute("SELECT id FROM public.item WHERE id <= 20 ORDER BY id")
        return [row[0] for row in cur]


def prepared(c):
    return [c.execute("SELECT name FROM public.item WHERE id = %s", [n], prepare=True).fetchone() for n in range(1, 9)]


if mode == "all":
    attempt("simple", lambda c: c.execute("SELECT count(*) FROM public.item").fetchall())
    attempt("prepared", prepared)
    attempt("binary", lambda c: c.cursor(binary=True).execute("SELECT id, price FROM public.item WHERE id = %s", [5]).fetchall())
    attempt("many", lambda c: c.cursor().executemany("UPDATE public.item SET price = %s WHERE id = %s", [(n, n) for n in range(50)]))
    attempt("pipeline", lambda c: pipelined(c, "SELECT 7"))
    attempt("cursor", server_cursor)
    attempt("copy in", copy_in)
    attempt("copy out", copy_out)
    attempt("error", lambda c: c.execute("SELECT * FROM public.item WHERE nothing = 1"))
    attempt("pipeline with an error", lambda c: pipelined(c, "SELECT nothing"))
    with connect("md5") as c:
        print("md5", c.execute("SELECT current_user").fetchall())
else:
    attempt("select", lambda c: c.execute("SELECT word FROM public.secret").fetchall())
    attempt("extended", lambda c: c.execute("SELECT word FROM public.secret WHERE id = %s", [1]).fetchall())
    attempt("pipeline", lambda c: pipelined(c, "SELECT word FROM public.secret"))
    attempt("copy in", lambda c: copy_in(c, "public.secret"))
    attempt("copy out", lambda c: copy_out(c, "public.secret"))

    def partial(c):
        c.execute("INSERT INTO public.item VALUES (900, 'partial')")
        try:
            c.execute("DELETE FROM public.secret")
        except psycopg.Error as e:
            print("  in a transaction", e.sqlstate)
        c.commit()
        return c.execute("SELECT count(*) FROM public.item WHERE id = 900").fetchall()

    attempt("transaction", partial)
