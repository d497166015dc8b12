package main

import (
	"context"
	"errors"
	"time"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
)

// Person, Item and Sale are tables of a shop.
type (
	Person struct {
		gorm.Model
		Name   string  `gorm:"index;not null;check:name <> ''"`
		Email  *string `gorm:"uniqueIndex"`
		Sales  []Sale
		Wishes []Item `gorm:"many2many:wishes"`
		BossID *uint
		Boss   *Person
	}
	Item struct {
		ID         string  `gorm:"type:uuid;primaryKey;default:gen_random_uuid()"`
		Name       string  `gorm:"size:100"`
		Price      float64 `gorm:"type:numeric(10,2);index:dear,where:price > 100"`
		Attributes string  `gorm:"type:jsonb;default:'{}'"`
	}
	Sale struct {
		ID       uint
		PersonID uint
		ItemID   string `gorm:"type:uuid"`
		Item     Item
		Quantity int
		At       time.Time `gorm:"autoCreateTime"`
	}
)

func runGORM(ctx context.Context) error {
	for _, simple := range []bool{false, true} {
		db, err := gorm.Open(postgres.New(postgres.Config{DSN: "sslmode=disable", PreferSimpleProtocol: simple}),
			&gorm.Config{Logger: logger.Discard})
		if err != nil {
			return err
		}
		if err := useGORM(db.WithContext(ctx)); err != nil {
			return err
		}
	}
	return nil
}

func useGORM(db *gorm.DB) error {
	m := db.Migrator()
	// The second finds all as it is.
	for range 2 {
		if err := db.AutoMigrate(&Person{}, &Item{}, &Sale{}); err != nil {
			return err
		}
	}
	email := "a@x.org"
	item := Item{Name: "it's", Price: 3}
	boss := Person{Name: "a", Email: &email, Wishes: []Item{item}, Sales: []Sale{{Quantity: 1, Item: Item{Name: "i"}}}}
	var people []Person
	var sales []Sale
	var n int64
	var ids []int64
	var names []string
	type total struct {
		PersonID uint
		N        int
	}
	var totals []total
	return errors.Join(
		db.Create(&boss).Error,
		db.CreateInBatches([]Person{{Name: "b", BossID: &boss.ID}, {Name: "c"}, {Name: "d"}}, 2).Error,
		db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "email"}}, DoUpdates: clause.AssignmentColumns([]string{"name"})}).Create(&Person{Name: "x", Email: &email}).Error,
		db.Clauses(clause.OnConflict{DoNothing: true}, clause.Returning{}).Create(&Person{Name: "x", Email: &email}).Error,
		db.Model(&boss).Updates(map[string]any{"name": gorm.Expr("upper(name)"), "boss_id": nil}).Error,
		db.Save(&boss).Error,
		db.Model(&Person{}).Where("name IN ?", []string{"b", "c"}).UpdateColumn("name", "bb").Error,
		db.Model(&people).Clauses(clause.Returning{Columns: []clause.Column{{Name: "id"}}}).Where("id > ?", 2).Update("name", "z").Error,
		db.Where("name LIKE ?", "%q%").Delete(&Person{}).Error, db.Unscoped().Delete(&Person{}, []int{98, 99}).Error,
		db.First(&Person{}, boss.ID).Error, db.Last(&Person{}).Error, db.Take(&Person{}).Error,
		db.Preload("Sales.Item").Preload("Wishes", "price > ?", 1).Joins("Boss").Order("people.id desc").Limit(2).Offset(0).Find(&people).Error,
		db.InnerJoins("Item", db.Where(&Item{Name: "i"})).Where("quantity BETWEEN ? AND ?", 0, 9).Find(&sales).Error,
		db.Where(db.Where("name = ?", "a").Or("name ILIKE ?", "z%")).Not(map[string]any{"boss_id": 5}).Find(&people).Error,
		db.Model(&Sale{}).Select("person_id, sum(quantity) AS n, count(*) FILTER (WHERE quantity > 1)").Group("person_id").Having("sum(quantity) > ?", 0).Scan(&totals).Error,
		db.Model(&Person{}).Where("EXISTS (?)", db.Model(&Sale{}).Select("1").Where("sales.person_id = people.id")).Count(&n).Error,
		db.Model(&Person{}).Distinct().Pluck("name", &names).Error,
		db.Table("(?) AS p", db.Model(&Person{}).Select("id, row_number() over (partition by name order by id) AS r")).Where("r = 1").Pluck("id", &ids).Error,
		db.Raw("WITH t AS (SELECT * FROM items WHERE attributes @> @a) SELECT id FROM t", map[string]any{"a": `{}`}).Scan(&names).Error,
		db.Where("attributes ->> 'a' = ?", "x").Find(&[]Item{}).Error,
		db.Where(Person{Name: "new"}).Attrs(Person{BossID: &boss.ID}).FirstOrCreate(&Person{}).Error,
		db.Where("1 = 1").FindInBatches(&people, 2, func(*gorm.DB, int) error { return nil }).Error,
		db.Model(&boss).Association("Wishes").Append(&item), db.Model(&boss).Association("Wishes").Clear(),
		db.Model(&boss).Association("Sales").Find(&sales),
		db.Transaction(func(tx *gorm.DB) error {
			if err := tx.Clauses(clause.Locking{Strength: "UPDATE", Options: "SKIP LOCKED"}).Find(&people).Error; err != nil {
				return err
			}
			_ = tx.Transaction(func(inner *gorm.DB) error { inner.Create(&Item{Name: "undone"}); return errors.New("undo") })
			return tx.SavePoint("s").RollbackTo("s").Error
		}),
		func() error { _ = m.HasIndex(&Item{}, "dear"); _, err := m.ColumnTypes(&Person{}); return err }(),
		m.RenameColumn(&Item{}, "name", "title"), m.DropIndex(&Item{}, "dear"), m.DropTable("wishes", &Sale{}, &Item{}, &Person{}),
	)
}
