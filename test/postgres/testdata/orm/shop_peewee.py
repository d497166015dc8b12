"""Has Peewee do what applications do with it."""
import datetime
import os

from peewee import (
    JOIN, AutoField, BooleanField, Case, CharField, Check, DateTimeField, DecimalField, EXCLUDED, ForeignKeyField, IntegerField,
    IntegrityError, Model, SQL, Value, Window, fn, prefetch)
from playhouse.postgres_ext import ArrayField, BinaryJSONField, Match, PostgresqlExtDatabase, TSVectorField
from playhouse.reflection import generate_models

database = PostgresqlExtDatabase(os.environ["PGDATABASE"], host=os.environ["PGHOST"], port=int(os.environ["PGPORT"]),
                                 user=os.environ["PGUSER"], prefer_psycopg3=True)


class Base(Model):
    class Meta:
        database = database


class Person(Base):
    name = CharField(unique=True, constraints=[Check("name <> ''")])
    boss = ForeignKeyField("self", null=True, backref="team")
    vip = BooleanField(default=False)


class Item(Base):
    id = AutoField()
    name = CharField(index=True)
    price = DecimalField(10, 2)
    attributes = BinaryJSONField(default={})
    sizes = ArrayField(IntegerField, default=[])
    found = TSVectorField(null=True)


class Sale(Base):
    person = ForeignKeyField(Person, backref="sales", on_delete="CASCADE")
    item = ForeignKeyField(Item)
    at = DateTimeField(default=datetime.datetime.now)
    quantity = IntegerField()

    class Meta:
        indexes = ((("person", "at"), False),)


tables = [Person, Item, Sale]


def rows():
    boss = Person.create(name="boss")
    Person.insert_many([{"name": f"p{i}", "boss": boss} for i in range(5)]).execute()
    Item.bulk_create([Item(name=f"i{i}", price=i, attributes={"a": i}, sizes=[i]) for i in range(5)], batch_size=3)
    Sale.insert_many([(1, 1, datetime.datetime(2026, 1, i + 1), i) for i in range(5)], fields=[Sale.person, Sale.item, Sale.at, Sale.quantity]).execute()
    Person.insert(name="boss").on_conflict_ignore().execute()
    Person.insert(name="boss", vip=True).on_conflict(conflict_target=[Person.name], update={Person.vip: EXCLUDED.vip}, where=~Person.vip).execute()
    Item.update(price=Item.price * 2, found=fn.to_tsvector(Item.name)).where(Item.id << [1, 2]).returning(Item.id).execute()
    Sale.delete().where(Sale.quantity > 100).execute()
    Person.get_or_create(name="p9", defaults={"vip": True})
    boss.vip = True
    boss.save()
    Person.get(Person.name == "p9").delete_instance(recursive=True)


def queries():
    list(Person.select().where((Person.name ** "p%") | Person.boss.is_null()).order_by(Person.name.desc(nulls="last")).paginate(1, 2))
    boss = Person.alias()
    list(Person.select(Person, boss.name).join(boss, JOIN.LEFT_OUTER, on=(Person.boss == boss.id)))
    list(Sale.select(Sale, Person, Item).join(Person).switch(Sale).join(Item).for_update("FOR UPDATE OF \"t1\" NOWAIT"))
    list(Sale.select(Item.name, fn.SUM(Sale.quantity).alias("n"), fn.COUNT(fn.DISTINCT(Sale.person))).join(Item).group_by(Item.name)
         .having(fn.SUM(Sale.quantity) > 1).tuples())
    prefetch(Person.select(), Sale.select(), Item.select())
    w = Window(partition_by=[Sale.person], order_by=[Sale.at], start=Window.preceding(2), end=Window.CURRENT_ROW)
    list(Sale.select(fn.RANK().over(w), fn.SUM(Sale.quantity).over(partition_by=[Sale.item])).window(w).dicts())
    base = Person.select(Person.id, Value(0).alias("depth")).where(Person.boss.is_null()).cte("base", recursive=True, columns=("id", "depth"))
    tree = base.union_all(Person.select(Person.id, base.c.depth + 1).join(base, on=(Person.boss == base.c.id)))
    list(tree.select_from(tree.c.id, tree.c.depth))
    list(Person.select(Person.id).where(Person.vip) | Person.select(Person.id).where(~Person.vip))
    list(Person.select(Person.id) - Person.select(Person.id).where(fn.EXISTS(Sale.select().where(Sale.person == Person.id))))
    list(Item.select(Item.attributes["a"], Item.attributes["b"]["c"].path("d"), Item.sizes[0], Case(None, ((Item.price > 1, "dear"),), "cheap"))
         .where(Item.attributes.contains({"a": 1}) | Item.attributes.has_key("a"), Item.sizes.contains(1), Item.sizes.contains_any(1, 2)))
    list(Item.select().where(Item.found.match("i1") | Match(Item.name, "i1")))
    list(Item.select(Item.name.cast("text"), fn.LOWER(Item.name), Item.price.between(1, 2), SQL("1 + 1")).distinct(Item.name))
    list(Sale.select(Sale.at.year, fn.date_trunc("month", Sale.at)).where(Sale.at.month == 1, Sale.at.day.in_([1, 2])))
    Person.select().count(), Person.select().exists(), Sale.select(fn.AVG(Sale.quantity)).scalar(), Person.get_by_id(1)
    with database.atomic():
        try:
            with database.atomic():
                Person.create(name="boss")
        except IntegrityError:
            pass
    generate_models(database)


database.connect()
database.create_tables(tables)
rows()
queries()
database.drop_tables(tables)
