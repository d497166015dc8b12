import jakarta.persistence.*;
import java.math.BigDecimal;
import java.time.*;
import java.util.*;
import org.hibernate.*;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.cfg.Configuration;
import org.hibernate.type.SqlTypes;

/** Has Hibernate do what applications do with it. */
public class Hibernate {
  @Entity(name = "Person") @Inheritance(strategy = InheritanceType.JOINED) @Table(name = "person", indexes = @Index(columnList = "name"))
  public static class Person {
    @Id @GeneratedValue(strategy = GenerationType.SEQUENCE) public Long id;
    @Column(nullable = false) public String name;
    @jakarta.persistence.Version public int version;
    @Enumerated(EnumType.STRING) public State state = State.FRESH;
    @ManyToOne(fetch = FetchType.LAZY) public Person boss;
    @OneToMany(mappedBy = "person", cascade = CascadeType.ALL, orphanRemoval = true) public List<Sale> sales = new ArrayList<>();
    @ElementCollection public Set<String> words = new HashSet<>();
  }
  public enum State { FRESH, OLD }
  @Entity(name = "Worker") public static class Worker extends Person { public BigDecimal salary; }
  @Entity(name = "Item") public static class Item {
    @Id @GeneratedValue(strategy = GenerationType.UUID) public UUID id;
    public String name;
    @Column(precision = 10, scale = 2) public BigDecimal price;
    @JdbcTypeCode(SqlTypes.ARRAY) public int[] sizes;
  }
  @Entity(name = "Sale") public static class Sale {
    @Id @GeneratedValue(strategy = GenerationType.IDENTITY) public Long id;
    @ManyToOne public Person person;
    @ManyToOne public Item item;
    public int quantity;
    public OffsetDateTime at;
  }

  static SessionFactory factory(String mode) {
    var env = System.getenv();
    var configuration = new Configuration().setProperty("hibernate.connection.url", "jdbc:postgresql://" + env.get("PGHOST") + ":" + env.get("PGPORT") + "/" + env.get("PGDATABASE"))
        .setProperty("hibernate.connection.username", "postgres").setProperty("hibernate.connection.password", "p").setProperty("hibernate.jdbc.batch_size", "5").setProperty("hibernate.hbm2ddl.auto", mode);
    for (var c : List.of(Person.class, Worker.class, Item.class, Sale.class)) configuration.addAnnotatedClass(c);
    return configuration.buildSessionFactory();
  }

  public static void main(String[] args) {
    for (var mode : List.of("create", "update")) factory(mode).close();
    try (var factory = factory("validate")) {
      var ids = new ArrayList<Object>();
      factory.inTransaction(s -> {
        var boss = new Worker();
        boss.name = "a"; boss.salary = BigDecimal.ONE; boss.words.addAll(List.of("x", "y"));
        s.persist(boss);
        var item = new Item();
        item.name = "it's"; item.price = BigDecimal.TEN; item.sizes = new int[] {1, 2};
        s.persist(item);
        for (int i = 0; i < 7; i++) {
          var p = new Person();
          p.name = "p" + i; p.boss = boss;
          var sale = new Sale();
          sale.person = p; sale.item = item; sale.quantity = i; sale.at = OffsetDateTime.now();
          p.sales.add(sale);
          s.persist(p);
        }
        ids.add(boss.id);
      });
      factory.inTransaction(s -> {
        var boss = s.find(Worker.class, ids.get(0));
        boss.salary = BigDecimal.TEN; boss.words.remove("x");
        s.lock(boss, LockMode.PESSIMISTIC_WRITE);
        s.flush(); s.refresh(boss);
        for (var q : List.of("select p from Person p left join fetch p.sales where p.name like 'p%' order by p.name desc nulls last", "select p, b from Person p join p.boss b where type(p) = Worker or b.id in (1, 2)",
            "select p.name, count(s), sum(s.quantity) filter (where s.quantity > 1) from Person p left join p.sales s group by p.name having count(s) >= 0", "from Item i where array_contains(i.sizes, 1) and i.price between 1 and 100",
            "select s.id, rank() over (partition by s.person order by s.quantity desc), lag(s.quantity) over (order by s.id) from Sale s", "with t as (select s.person.id pid, sum(s.quantity) n from Sale s group by s.person.id) select t.pid from t t where t.n > 0",
            "select p.name from Person p where exists (select 1 from Sale s where s.person = p) union select i.name from Item i", "select l.q from Person p join lateral (select s.quantity q from p.sales s order by s.at limit 1) l", "select extract(year from s.at), s.at - 1 day, cast(s.quantity as string), coalesce(nullif(s.quantity, 0), 1), case when s.quantity > 2 then 'many' else 'few' end from Sale s",
            "select listagg(p.name, ', ') within group (order by p.name), max(length(trim(both ' ' from upper(p.name)))) from Person p", "select p from Person p where 'x' member of p.words or size(p.sales) > 5", "select current_timestamp, local date, format(s.at as 'yyyy-MM') from Sale s"))
          s.createSelectionQuery(q, Object.class).setFirstResult(1).setMaxResults(3).getResultList();
        s.createMutationQuery("update Person set name = upper(name) where id > 3").executeUpdate(); s.createMutationQuery("update Worker set salary = salary * 2 where name = 'a'").executeUpdate();
        s.createMutationQuery("insert into Sale (quantity, at) select s.quantity, s.at from Sale s where s.quantity > 5").executeUpdate(); s.createMutationQuery("delete from Sale s where s.quantity > 100").executeUpdate();
        s.createSelectionQuery("from Person p", Person.class).setHibernateLockMode(LockMode.UPGRADE_SKIPLOCKED).getResultList(); s.createNativeQuery("select * from person where id = :id", Object.class).setParameter("id", 1).getResultList();
        var b = s.getCriteriaBuilder(); var q = b.createQuery(Object[].class); var root = q.from(Sale.class);
        q.select(b.array(root.get("person").get("name"), b.avg(root.get("quantity")))).where(b.greaterThan(root.get("quantity"), 0), b.isNotNull(root.get("item"))).groupBy(root.get("person").get("name")); s.createQuery(q).getResultList();
        s.byMultipleIds(Person.class).multiLoad(1L, 2L, 3L);
        s.remove(boss.sales.isEmpty() ? s.createSelectionQuery("from Person p where p.boss is not null", Person.class).setMaxResults(1).getSingleResult() : boss);
      });
    }
  }
}
