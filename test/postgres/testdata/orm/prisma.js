// Has Prisma do what applications do with it.
const {PrismaPg} = require('@prisma/adapter-pg');
const {PrismaClient, Prisma} = require('client');

const db = new PrismaClient({adapter: new PrismaPg({connectionString: `postgres://postgres:p@${process.env.PGHOST}:${process.env.PGPORT}/${process.env.PGDATABASE}`})});

// The migrations of Prisma are files of SQL.
const migration = [
  'CREATE SCHEMA IF NOT EXISTS "public"', 'CREATE SCHEMA IF NOT EXISTS "shop"', `CREATE TYPE "public"."State" AS ENUM ('new', 'old')`,
  `CREATE TABLE "shop"."Person" ("id" SERIAL NOT NULL, "name" VARCHAR(100) NOT NULL, "email" TEXT, "state" "public"."State" NOT NULL DEFAULT 'new', "created" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP, "updated" TIMESTAMP(3) NOT NULL, "bossId" INTEGER, CONSTRAINT "Person_pkey" PRIMARY KEY ("id"))`,
  `CREATE TABLE "public"."item" ("id" UUID NOT NULL, "name" TEXT NOT NULL, "price" DECIMAL(10,2) NOT NULL DEFAULT 0, "attributes" JSONB NOT NULL DEFAULT '{}', "sizes" INTEGER[], "data" BYTEA, CONSTRAINT "item_pkey" PRIMARY KEY ("id"))`,
  'CREATE TABLE "public"."Sale" ("id" BIGSERIAL NOT NULL, "quantity" INTEGER NOT NULL, "at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP, "personId" INTEGER NOT NULL, "itemId" UUID, CONSTRAINT "Sale_pkey" PRIMARY KEY ("id"))',
  'CREATE TABLE "public"."_ItemToPerson" ("A" UUID NOT NULL, "B" INTEGER NOT NULL, CONSTRAINT "_ItemToPerson_AB_pkey" PRIMARY KEY ("A","B"))',
  'CREATE UNIQUE INDEX "Person_email_key" ON "shop"."Person"("email")', 'CREATE INDEX "Person_name_state_idx" ON "shop"."Person"("name", "state")',
  'CREATE UNIQUE INDEX "Sale_personId_itemId_key" ON "public"."Sale"("personId", "itemId")',
  'ALTER TABLE "shop"."Person" ADD CONSTRAINT "Person_bossId_fkey" FOREIGN KEY ("bossId") REFERENCES "shop"."Person"("id") ON DELETE SET NULL ON UPDATE CASCADE',
  'ALTER TABLE "public"."Sale" ADD CONSTRAINT "Sale_personId_fkey" FOREIGN KEY ("personId") REFERENCES "shop"."Person"("id") ON DELETE CASCADE ON UPDATE CASCADE',
];

async function rows() {
  const a = await db.person.create({data: {name: 'a', email: 'a@x.org', wishes: {create: [{name: "it's", price: '3.50', attributes: {a: {b: [1]}}, sizes: [1, 2], data: Buffer.from('x')}]}}, include: {wishes: true}});
  const item = a.wishes[0];
  await db.person.create({data: {name: 'b', boss: {connect: {id: a.id}}, sales: {create: {quantity: 2, item: {connect: {id: item.id}}}}}});
  await db.person.createMany({data: [{name: 'c'}, {name: 'd', email: 'd@x.org'}], skipDuplicates: true});
  await db.person.createManyAndReturn({data: [{name: 'e'}, {name: 'f', state: 'old'}], select: {id: true}});
  await db.person.update({where: {email: 'a@x.org'}, data: {name: {set: 'z'}, wishes: {disconnect: [{id: item.id}]}}});
  await db.item.update({where: {id: item.id}, data: {price: {increment: 1}, sizes: {push: 3}, attributes: Prisma.JsonNull}});
  await db.person.updateMany({where: {state: 'new', name: {not: 'z'}}, data: {state: 'old'}});
  await db.person.updateManyAndReturn({where: {id: {gt: 1}}, data: {name: 'm'}, limit: 2});
  await db.person.upsert({where: {email: 'a@x.org'}, create: {name: 'x', email: 'a@x.org'}, update: {name: 'y'}});
  await db.sale.upsert({where: {personId_itemId: {personId: a.id, itemId: item.id}}, create: {quantity: 1, personId: a.id, itemId: item.id}, update: {quantity: {multiply: 2}}});
  await db.person.update({where: {id: a.id}, data: {sales: {updateMany: {where: {quantity: {lt: 5}}, data: {quantity: 5}}, deleteMany: {quantity: 99}, connectOrCreate: {where: {id: 77n}, create: {quantity: 7}}}}});
  await db.person.delete({where: {email: 'd@x.org'}}); await db.person.deleteMany({where: {name: {in: ['q', 'w']}}});
}

async function queries() {
  await db.person.findUnique({where: {email: 'a@x.org'}}); await db.person.findFirstOrThrow({where: {id: 1}, include: {boss: true, staff: {include: {sales: true}}, _count: {select: {sales: true, wishes: true}}}});
  await db.person.findMany({where: {OR: [{name: {contains: 'a', mode: 'insensitive'}}, {email: null}, {AND: [{id: {gte: 1, lte: 9}}, {NOT: {state: 'old'}}]}]}, orderBy: [{name: 'desc'}, {email: {sort: 'asc', nulls: 'last'}}], skip: 1, take: 2});
  await db.person.findMany({where: {sales: {some: {item: {is: {price: {gt: 1}}}}, none: {quantity: 0}, every: {quantity: {gt: 0}}}, boss: {isNot: null}}, orderBy: {sales: {_count: 'desc'}}});
  await db.person.findMany({cursor: {id: 1}, take: 2, distinct: ['name'], select: {name: true, wishes: {where: {name: {startsWith: 'i'}}, orderBy: {price: 'asc'}, take: 1}}});
  await db.item.findMany({where: {attributes: {path: ['a', 'b'], array_contains: [1]}, sizes: {hasSome: [1, 5]}, name: {endsWith: 's'}}}); await db.item.findMany({where: {sizes: {isEmpty: false}, attributes: {path: ['x'], string_contains: 'y'}}}); await db.item.count({where: {sizes: {has: 1}}});
  await db.sale.aggregate({_sum: {quantity: true}, _avg: {quantity: true}, _min: {at: true}, _max: {at: true}, _count: true}); await db.person.count({where: {name: 'z'}, select: {_all: true, email: true}});
  await db.sale.groupBy({by: ['personId'], _sum: {quantity: true}, where: {quantity: {gt: 0}}, having: {quantity: {_avg: {gt: 0}}}, orderBy: {_sum: {quantity: 'desc'}}, take: 3});
  await db.$queryRaw`SELECT "id", "name" FROM "shop"."Person" WHERE "id" IN (${Prisma.join([1, 2])}) AND "name" = ${'z'}`; await db.$executeRaw`UPDATE "public"."Sale" SET "quantity" = "quantity" + ${1} WHERE "id" = ${1n}`; await db.$queryRawUnsafe('SELECT $1::text AS t', 'x');
  await db.$transaction([db.person.count(), db.sale.findMany({take: 1})], {isolationLevel: Prisma.TransactionIsolationLevel.RepeatableRead});
  await db.$transaction(async (tx) => { await tx.person.create({data: {name: 'undone'}}); await tx.$queryRaw`SELECT 1 FROM "shop"."Person" FOR UPDATE SKIP LOCKED`; throw new Error('undo'); }, {isolationLevel: 'Serializable'}).catch((e) => { if (e.message !== 'undo') throw e; });
}

(async () => {
  for (const text of migration) await db.$executeRawUnsafe(text);
  for (const part of [rows, queries]) await part();
  await db.$disconnect();
})().catch((e) => { console.error(e); process.exit(1); });
