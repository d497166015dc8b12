"""Has SQLAlchemy do what applications do with it: a schema, the ORM, expressions and reflection."""
import datetime
import os

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import (
    DeclarativeBase, Mapped, Session, aliased, contains_eager, joinedload, mapped_column, raiseload, relationship, selectinload,
    subqueryload, with_polymorphic)

engine = sa.create_engine("postgresql+psycopg://%(PGUSER)s@%(PGHOST)s:%(PGPORT)s/%(PGDATABASE)s" % os.environ)


class Base(DeclarativeBase):
    pass


product_tag = sa.Table("product_tag", Base.metadata, sa.Column("product_id", sa.ForeignKey("product.id"), primary_key=True),
                       sa.Column("tag_id", sa.ForeignKey("tag.id"), primary_key=True))


class Person(Base):
    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(100), index=True)
    kind: Mapped[str]
    orders: Mapped[list["Order"]] = relationship(back_populates="person", cascade="all, delete-orphan")
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_identity": "person"}


class Employee(Person):
    __tablename__ = "employee"
    id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    salary: Mapped[float | None]
    manager_id: Mapped[int | None] = mapped_column(sa.ForeignKey("employee.id"))
    __mapper_args__ = {"polymorphic_identity": "employee", "inherit_condition": id == Person.id}


class Tag(Base):
    __tablename__ = "tag"
    id: Mapped[int] = mapped_column(sa.Identity(always=True), primary_key=True)
    word: Mapped[str] = mapped_column(sa.Text, unique=True)


class Product(Base):
    __tablename__ = "product"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    price: Mapped[float] = mapped_column(sa.Numeric(10, 2), server_default="0")
    attributes: Mapped[dict] = mapped_column(pg.JSONB, server_default=sa.text("'{}'::jsonb"))
    sizes: Mapped[list] = mapped_column(pg.ARRAY(sa.Integer), nullable=True)
    valid = mapped_column(pg.TSTZRANGE)
    state = mapped_column(pg.ENUM("new", "old", name="state"))
    doubled = mapped_column(sa.Numeric, sa.Computed("price * 2", persisted=True))
    tags: Mapped[list[Tag]] = relationship(secondary=product_tag)
    __table_args__ = (sa.CheckConstraint("price >= 0", name="positive"),
                      sa.Index("product_attributes", "attributes", postgresql_using="gin"),
                      sa.Index("product_name", sa.text("lower(name)"), postgresql_where=sa.text("price > 0"), postgresql_include=["price"]))


class Order(Base):
    __tablename__ = "order"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id", ondelete="CASCADE"))
    at: Mapped[datetime.datetime] = mapped_column(sa.DateTime(timezone=True), server_default=func.now())
    version: Mapped[int] = mapped_column()
    person: Mapped[Person] = relationship(back_populates="orders")
    lines: Mapped[list["Line"]] = relationship(order_by="Line.id")
    __mapper_args__ = {"version_id_col": version}


class Line(Base):
    __tablename__ = "Line"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("order.id"))
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("product.id"))
    quantity: Mapped[int] = mapped_column(default=1)
    product: Mapped[Product] = relationship()


def rows():
    with Session(engine) as s:
        tags = [Tag(word=w) for w in ("red", "green", "blue")]
        products = [Product(name=f"p{i}", price=i, attributes={"a": i}, sizes=[i, i], tags=tags[:i % 3]) for i in range(10)]
        people = [Person(name=f"n{i}") for i in range(5)] + [Employee(name=f"e{i}", salary=i) for i in range(5)]
        s.add_all(tags + products + people)
        s.flush()
        for p in people:
            p.orders.append(Order(lines=[Line(product=products[1], quantity=3), Line(product=products[2])]))
        s.commit()
        people[0].name = "changed"
        people[0].orders[0].at = func.now()
        people[5].salary = Employee.salary * 2
        s.commit()
        s.delete(people[1].orders[0].lines[0])
        s.flush()
        s.refresh(people[2], with_for_update={"skip_locked": True, "of": Person})
        s.execute(sa.update(Product).where(Product.price > 5).values(price=Product.price + 1).returning(Product.id))
        s.execute(sa.delete(Line).where(Line.quantity == 99).execution_options(synchronize_session="fetch"))
        s.execute(sa.insert(Tag).returning(Tag), [{"word": f"w{i}"} for i in range(30)])
        insert = pg.insert(Tag).values([{"word": "red"}, {"word": "new"}])
        s.execute(insert.on_conflict_do_nothing())
        s.execute(insert.on_conflict_do_update(index_elements=[Tag.word], set_={"word": insert.excluded.word + "!"},
                                               where=Tag.word != "green").returning(Tag.id))
        s.execute(sa.insert(Tag).from_select(["word"], select(func.concat(Product.name, "-", Product.id)).where(Product.id > 7)))
        s.merge(Tag(id=1, word="merged"))
        s.commit()
        with s.begin_nested() as nested:
            s.add(Tag(word="inner"))
            s.flush()
            nested.rollback()
        s.commit()


def queries():
    with Session(engine) as s:
        for loader in (joinedload, selectinload, subqueryload):
            s.scalars(select(Order).options(loader(Order.lines), loader(Order.person))).unique().all()
        s.scalars(select(Order).join(Order.person).options(contains_eager(Order.person), raiseload(Order.lines))
                  .where(Person.name.like("n%")).order_by(Person.name.desc().nulls_last()).limit(3).offset(1)).all()
        s.scalars(select(with_polymorphic(Person, "*"))).all()
        s.get(Person, 3), s.get(Employee, 6)
        s.scalars(select(Product).where(Product.tags.any(Tag.word == "red"), ~Product.tags.any(), Product.id.in_([1, 2, 3]))).all()
        s.scalars(select(Order).where(Order.person.has(Person.name.ilike("%e")), Order.id.not_in([]))).all()
        other = aliased(Employee)
        s.execute(select(Employee.name, other.name).outerjoin(other, Employee.manager_id == other.id)).all()
        tree = select(Employee.id, Employee.manager_id, sa.literal(0).label("depth")).where(Employee.manager_id.is_(None)).cte(
            "tree", recursive=True)
        tree = tree.union_all(select(Employee.id, Employee.manager_id, tree.c.depth + 1).join(tree, Employee.manager_id == tree.c.id))
        s.execute(select(tree)).all()
        totals = select(Line.order_id, func.sum(Line.quantity).label("n"), func.count().filter(Line.quantity > 1)).group_by(
            Line.order_id).having(func.sum(Line.quantity) > 1).subquery()
        s.execute(select(Order, totals.c.n).join(totals, totals.c.order_id == Order.id)).all()
        s.execute(select(Line.id, func.row_number().over(partition_by=Line.order_id, order_by=Line.quantity.desc()),
                         func.sum(Line.quantity).over(order_by=Line.id, rows=(None, 0)),
                         func.lag(Line.quantity).over(order_by=Line.id, range_=(None, None)))).all()
        s.execute(select(func.percentile_cont(0.5).within_group(Product.price), func.array_agg(pg.aggregate_order_by(Product.name, Product.id)),
                         func.string_agg(Product.name, ", "), func.jsonb_object_agg(Product.name, Product.price))).all()
        s.execute(select(Product.attributes["a"].as_integer(), Product.attributes[("a", "b")].astext, Product.sizes[1], Product.sizes[1:2])
                  .where(Product.attributes.contains({"a": 1}) | Product.attributes.has_key("a") | (sa.literal(3) == sa.any_(Product.sizes)),
                         Product.sizes.overlap([1]), Product.attributes.path_exists("$.a"))).all()
        s.execute(select(sa.case((Product.price > 5, "dear"), else_="cheap"), sa.cast(Product.price, sa.String), sa.type_coerce(Product.id, sa.Text),
                         sa.extract("year", func.now()), func.coalesce(Product.name, "x"), sa.null(), sa.true(), sa.literal_column("1 + 1"))).all()
        a, b = select(Person.id).where(Person.id > 1), select(Employee.id)
        s.execute(sa.union(a, b).order_by("id")).all(), s.execute(sa.except_(a, b)).all(), s.execute(sa.intersect_all(a, b)).all()
        s.execute(select(sa.exists().where(Person.id == 1), select(func.max(Order.at)).where(Order.person_id == Person.id).scalar_subquery())).all()
        latest = select(Order.at).where(Order.person_id == Person.id).order_by(Order.at.desc()).limit(1).lateral("latest")
        s.execute(select(Person.name, latest.c.at).join(latest, sa.true(), isouter=True)).all()
        s.execute(select(sa.values(sa.column("a", sa.Integer), sa.column("b", sa.String), name="v").data([(1, "x"), (2, "y")]))).all()
        s.execute(select(func.generate_series(1, 3).table_valued("n", name="g").render_derived())).all()
        s.execute(select(func.unnest(Product.sizes).column_valued("size"), Product.id)).all()
        s.execute(select(sa.tablesample(Product, func.bernoulli(50), name="s").c.id)).all()
        s.execute(select(Product.id).where(func.to_tsvector("english", Product.name).bool_op("@@")(func.plainto_tsquery("p1")),
                                           Product.name.regexp_match("^p"), Product.name.match("p"))).all()
        s.execute(select(Product.id).group_by(func.rollup(Product.id, Product.name), Product.price)).all()
        s.execute(select(func.count(Product.id)).group_by(func.grouping_sets(sa.tuple_(Product.name), sa.tuple_(Product.price)))).all()
        s.execute(select(Product.id).distinct(Product.name).order_by(Product.name)).all()
        s.execute(select(Product.id).with_for_update(read=True, nowait=True)).all()
        s.execute(select(Order.id).with_for_update(key_share=True, nowait=True)).all()
        s.execute(select(Product.id).where(sa.tuple_(Product.id, Product.name).in_([(1, "a"), (2, "b")]), Product.name.is_distinct_from(None),
                                           Product.price.between(1, 2), Product.name.op("~*")("x"), Product.name.collate("C") > "a")).all()
        moved = sa.delete(Line).where(Line.quantity > 90).returning(Line.id).cte("moved")
        s.execute(select(func.count()).select_from(moved)).all()
        s.execute(sa.text("SELECT * FROM person WHERE id = :id").bindparams(id=1)).all()
        s.scalars(select(Person).execution_options(yield_per=2)).all()
        s.scalar(select(func.count()).select_from(Person))
        s.commit()
    with engine.connect().execution_options(isolation_level="SERIALIZABLE", postgresql_readonly=True, postgresql_deferrable=True) as c:
        c.execute(sa.text("SELECT 1"))
    with engine.connect() as c:
        with c.begin():
            c.execute(sa.select(sa.func.nextval("person_id_seq")))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
        c.execute(sa.text("SELECT current_setting('server_version')"))


def reflection():
    inspector = sa.inspect(engine)
    inspector.get_schema_names(), inspector.get_table_names(), inspector.get_view_names(), inspector.get_sequence_names()
    inspector.get_materialized_view_names(), inspector.get_enums(), inspector.get_temp_table_names(), inspector.get_domains()
    for table in inspector.get_table_names():
        inspector.get_columns(table), inspector.get_indexes(table), inspector.get_foreign_keys(table), inspector.get_pk_constraint(table)
        inspector.get_unique_constraints(table), inspector.get_check_constraints(table), inspector.get_table_comment(table)
        inspector.get_table_options(table), inspector.has_table(table)
    sa.MetaData().reflect(engine, views=True)


Base.metadata.create_all(engine)
rows()
queries()
reflection()
Base.metadata.drop_all(engine)
