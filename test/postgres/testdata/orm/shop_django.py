"""Has Django do what applications do with it: migrations, and queries over a shop."""
import datetime
import os
import sys
import types

import django
from django.apps import AppConfig
from django.conf import settings


class Shop(AppConfig):
    name = "shop"
    path = os.path.dirname(__file__)


sys.modules["shop"] = types.ModuleType("shop")
settings.configure(
    DATABASES={"default": {
        "ENGINE": "django.db.backends.postgresql", "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"],
        "USER": os.environ["PGUSER"], "NAME": os.environ["PGDATABASE"]}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "django.contrib.admin",
                    "django.contrib.messages", "django.contrib.postgres", "__main__.Shop"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", USE_TZ=True, SECRET_KEY="none")
django.setup()

from django.contrib.auth.models import Group, User  # noqa: E402
from django.contrib.postgres.aggregates import ArrayAgg, BoolOr, JSONBAgg, StringAgg  # noqa: E402
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, IntegerRangeField  # noqa: E402
from django.contrib.postgres.indexes import BrinIndex, GinIndex  # noqa: E402
from django.contrib.postgres.search import (  # noqa: E402
    SearchHeadline, SearchQuery, SearchRank, SearchVector, SearchVectorField, TrigramSimilarity)
from django.core.management import call_command  # noqa: E402
from django.db import IntegrityError, connection, models, transaction  # noqa: E402
from django.db.models import (  # noqa: E402
    Avg, Case, Count, Exists, F, Max, Min, OuterRef, Prefetch, Q, StdDev, Subquery, Sum, Value, When, Window)
from django.db.models.functions import (  # noqa: E402
    Cast, Coalesce, Concat, ExtractYear, Greatest, JSONObject, Lag, Length, Lower, NullIf, Now, Random, Rank, RowNumber, StrIndex,
    Substr, Trim, TruncDay, TruncMonth, Upper)


class Customer(models.Model):
    name = models.CharField(max_length=100, db_index=True)
    email = models.EmailField(unique=True, null=True)
    born = models.DateField(null=True)
    vip = models.BooleanField(default=False)

    class Meta:
        app_label = "shop"
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="named"),
                       models.UniqueConstraint(Lower("email"), name="email_once")]


class Tag(models.Model):
    word = models.SlugField(primary_key=True)

    class Meta:
        app_label = "shop"


class Product(models.Model):
    name = models.TextField()
    price = models.DecimalField(max_digits=10, decimal_places=2)
    attributes = models.JSONField(default=dict)
    sizes = ArrayField(models.IntegerField(), default=list)
    tags = models.ManyToManyField(Tag, related_name="products")
    found = SearchVectorField(null=True)
    ages = IntegerRangeField(null=True)
    sold = DateTimeRangeField(null=True)

    class Meta:
        app_label = "shop"
        indexes = [GinIndex(fields=["attributes"]), BrinIndex(fields=["price"]),
                   models.Index(F("price").desc(), name="dear", condition=Q(price__gt=100))]


class Order(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="orders")
    at = models.DateTimeField(auto_now_add=True)
    paid = models.DateTimeField(null=True)
    number = models.UUIDField(null=True)

    class Meta:
        app_label = "shop"
        ordering = ["-at"]


class Line(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    quantity = models.PositiveIntegerField(default=1)
    discount = models.FloatField(default=0)

    class Meta:
        app_label = "shop"
        unique_together = [("order", "product")]


class Node(models.Model):
    parent = models.ForeignKey("self", null=True, on_delete=models.SET_NULL)
    took = models.DurationField(null=True)
    data = models.BinaryField(default=b"")
    host = models.GenericIPAddressField(null=True)

    class Meta:
        app_label = "shop"


everything = [Customer, Tag, Product, Order, Line, Node]


def schema():
    call_command("migrate", verbosity=0)
    with connection.cursor() as c:
        c.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    with connection.schema_editor() as editor:
        for model in everything:
            editor.create_model(model)
    with connection.schema_editor() as editor:
        field = models.TextField(default="")
        field.set_attributes_from_name("note")
        editor.add_field(Order, field)
        wider = models.CharField(max_length=200, null=True)
        wider.set_attributes_from_name("note")
        editor.alter_field(Order, field, wider)
        editor.remove_field(Order, wider)
        editor.alter_db_table(Node, "shop_node", "shop_nodes")
        editor.alter_db_table(Node, "shop_nodes", "shop_node")


def rows():
    customers = Customer.objects.bulk_create(Customer(name=f"c{i}", email=f"c{i}@x.org") for i in range(20))
    tags = Tag.objects.bulk_create((Tag(word=w) for w in ("red", "green", "blue")), ignore_conflicts=True)
    products = Product.objects.bulk_create(
        Product(name=f"p {i}", price=i * 10, attributes={"colour": "red", "size": {"w": i}}, sizes=[i, i + 1]) for i in range(10))
    products[0].tags.set(tags)
    products[1].tags.add(tags[0])
    products[0].tags.remove(tags[2])
    for c in customers[:5]:
        order = c.orders.create()
        for p in products[:3]:
            order.lines.create(product=p, quantity=2)
    Customer.objects.bulk_create([Customer(name="x", email="c1@x.org")], update_conflicts=True, unique_fields=["email"],
                                 update_fields=["name"])
    Customer.objects.bulk_update([customers[0]], ["name", "vip"])
    Customer.objects.get_or_create(name="got", defaults={"email": "got@x.org"})
    Customer.objects.update_or_create(name="got", defaults={"vip": True})
    Customer.objects.filter(vip=True).update(name=Upper("name"), born=None)
    Order.objects.filter(paid=None).update(paid=Now())
    Product.objects.update(found=SearchVector("name", weight="A", config="english"))
    o = Order.objects.first()
    o.paid = None
    o.save()
    o.refresh_from_db()
    Node.objects.create(parent=Node.objects.create(took=datetime.timedelta(1), data=b"\0'\\", host="::1"))
    Customer.objects.filter(name="c19").delete()
    Customer.objects.filter(pk=customers[4].pk).delete()


def simple():
    list(Customer.objects.all()[:5])
    list(Customer.objects.order_by("-name", F("born").asc(nulls_last=True))[5:15])
    Customer.objects.count(), Customer.objects.exists(), Customer.objects.first(), Customer.objects.last()
    Customer.objects.filter(name__in=["c1", "c2"]).exists()
    for lookup in ("exact", "iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "regex", "iregex", "gt"):
        list(Customer.objects.filter(**{"name__" + lookup: "c%_1"}))
    list(Customer.objects.filter(born__year=2000, born__month__gte=2, born__week_day=3).values_list("id", flat=True))
    list(Customer.objects.filter(Q(name="a") | ~Q(vip=True), born__range=(datetime.date(2000, 1, 1), datetime.date(2020, 1, 1))))
    list(Customer.objects.exclude(orders__lines__product__name="p 1").distinct())
    list(Customer.objects.distinct("name").order_by("name"))
    list(Order.objects.filter(at__date=datetime.date(2026, 1, 1), at__hour__lt=3).only("id"))
    list(Order.objects.dates("at", "month")), list(Order.objects.datetimes("at", "hour"))
    list(Customer.objects.order_by("?")[:1])
    list(Customer.objects.none()), list(Customer.objects.in_bulk([1, 2]))
    list(Order.objects.select_related("customer").filter(customer__vip=False))
    list(Customer.objects.prefetch_related(Prefetch("orders", Order.objects.filter(paid=None)), "orders__lines__product__tags"))
    list(Product.objects.filter(tags__word__in=["red"]).reverse())
    list(Customer.objects.raw("SELECT * FROM shop_customer WHERE name = %s", ["c1"]))
    list(Customer.objects.extra(select={"n": "length(name)"}, where=["id > 3"]))
    for row in Customer.objects.iterator(chunk_size=5):
        row.pk
    Order.objects.earliest("at"), Order.objects.latest("at")


def advanced():
    list(Product.objects.filter(attributes__colour="red", attributes__size__w__gt=1, attributes__has_key="size"))
    list(Product.objects.filter(attributes__contains={"colour": "red"}, attributes__contained_by={}))
    list(Product.objects.filter(attributes__has_any_keys=["a"]).values("attributes__size__w"))
    list(Product.objects.filter(sizes__contains=[1], sizes__overlap=[2], sizes__len__gt=1, sizes__0=1, sizes__0_1=[1]))
    list(Product.objects.filter(ages__contains=3, ages__fully_lt=(1, 2), ages__startswith__gt=1, sold__isempty=False))
    list(Customer.objects.annotate(n=Count("orders", distinct=True), m=Max("orders__at")).filter(n__gt=0).values("n", "m"))
    Order.objects.aggregate(Count("id"), Min("at"), a=Avg("lines__quantity", filter=Q(paid=None), default=0), s=StdDev("lines__discount"))
    list(Line.objects.annotate(total=F("quantity") * F("product__price") * (1 - Cast("discount", models.DecimalField(max_digits=5, decimal_places=2)))).values("order").annotate(
        s=Sum("total")).filter(s__gt=10).order_by("-s"))
    list(Customer.objects.annotate(
        latest=Subquery(Order.objects.filter(customer=OuterRef("pk")).order_by("-at").values("at")[:1]),
        any=Exists(Order.objects.filter(customer=OuterRef("pk"), lines__quantity__gt=1)),
        kind=Case(When(vip=True, then=Value("v")), When(name__startswith="c", then=Lower("name")), default=Value("n"))))
    list(Line.objects.annotate(
        r=Window(Rank(), partition_by=[F("order")], order_by=F("quantity").desc()), n=Window(RowNumber()),
        before=Window(Lag("quantity", 1, 0), order_by="id")).filter(r__lte=2))
    list(Customer.objects.annotate(x=Concat("name", Value(" "), Coalesce("email", Value("-")), output_field=models.TextField()), y=Substr("name", 1, 2), z=Trim("name"),
                                   i=StrIndex("name", Value("c")), c=Cast("id", models.TextField()), l=Length("name"),
                                   g=Greatest("id", 3), j=JSONObject(a="name", b=F("id")), u=NullIf("name", Value("")), q=Random()))
    list(Order.objects.annotate(m=TruncMonth("at"), y=ExtractYear("at"), d=TruncDay("at")).values("m", "y", "d").annotate(n=Count("*")))
    list(Customer.objects.values("vip").annotate(a=ArrayAgg("name", ordering="name"), b=BoolOr("vip"),
                                                 s=StringAgg("name", Value(", "), distinct=True), j=JSONBAgg("id")))
    q1, q2 = Customer.objects.filter(vip=True), Customer.objects.filter(name="c1")
    list(q1.union(q2, all=True).order_by("name")[:3]), list(q1.intersection(q2)), list(q1.difference(q2))
    list(Product.objects.annotate(rank=SearchRank(SearchVector("name"), SearchQuery("p", search_type="websearch")),
                                  head=SearchHeadline("name", SearchQuery("p"))).filter(rank__gte=0).order_by("-rank"))
    list(Product.objects.filter(found=SearchQuery("p") & ~SearchQuery("q")))
    list(Product.objects.annotate(s=TrigramSimilarity("name", "p 1")).filter(s__gt=0.1, name__trigram_similar="p"))
    list(Product.objects.filter(name__search="p"))
    Customer.objects.filter(vip=False).explain(analyze=True)


def transactions():
    with transaction.atomic():
        list(Order.objects.select_for_update(skip_locked=True, of=("self",)).select_related("customer")[:1])
        list(Order.objects.select_for_update(nowait=True, no_key=True)[:1])
        try:
            with transaction.atomic():
                Customer.objects.create(name="twice", email="c2@x.org")
        except IntegrityError:
            pass
        with transaction.atomic(durable=False):
            Customer.objects.create(name="once")
        transaction.set_rollback(True)


def contributed():
    user = User.objects.create_superuser("root", "r@x.org", "p")
    group = Group.objects.create(name="g")
    user.groups.add(group)
    user.get_all_permissions(), user.has_perm("auth.add_user")
    from django.contrib.sessions.backends.db import SessionStore
    session = SessionStore()
    session["a"] = 1
    session.save()
    session.clear_expired()
    call_command("inspectdb", stdout=open(os.devnull, "w"))
    call_command("sqlsequencereset", "auth", stdout=open(os.devnull, "w"))
    call_command("flush", interactive=False, verbosity=0)


for part in (schema, rows, simple, advanced, transactions, contributed):
    part()
