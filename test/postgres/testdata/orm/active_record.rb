# Has ActiveRecord do what applications do with it.
require 'active_record'
require 'pg'

ActiveRecord::Base.establish_connection(adapter: 'postgresql', host: ENV['PGHOST'], port: ENV['PGPORT'], username: ENV['PGUSER'], database: ENV['PGDATABASE'])
ActiveRecord::Migration.verbose = false

class Person < ActiveRecord::Base
  has_many :sales, dependent: :destroy
  has_many :items, through: :sales
  belongs_to :boss, class_name: 'Person', optional: true
  has_and_belongs_to_many :tags
  enum state: {fresh: 'fresh', old: 'old'}
  validates :name, uniqueness: true
  scope :named, ->(n) { where('name ILIKE ?', "#{n}%") }
end
class Tag < ActiveRecord::Base; end
class Item < ActiveRecord::Base; end
class Sale < ActiveRecord::Base
  belongs_to :person, counter_cache: true
  belongs_to :item
end

class Shop < ActiveRecord::Migration[6.1]
  def change
    enable_extension 'pgcrypto'
    create_table(:people) do |t|
      t.string :name, null: false, index: {unique: true}
      t.string :state, default: 'fresh'
      t.integer :sales_count, default: 0
      t.references :boss, foreign_key: {to_table: :people}
      t.timestamps
    end
    create_table(:tags) { |t| t.text :word, comment: 'a word' }
    create_join_table(:people, :tags) { |t| t.index %i[person_id tag_id] }
    create_table(:items, id: :uuid) do |t|
      t.decimal :price, precision: 10, scale: 2
      t.jsonb :attributes_, default: {}
      t.integer :sizes, array: true, default: []
      t.int4range :ages
      t.index :attributes_, using: :gin
      t.index 'lower(price::text)', name: 'by_text', where: 'price > 1'
      t.check_constraint 'price >= 0', name: 'positive'
    end
    create_table(:sales) do |t|
      t.belongs_to :person, foreign_key: {on_delete: :cascade}
      t.belongs_to :item, type: :uuid
      t.integer :quantity, default: 1
      t.datetime :at
    end
    add_column :sales, :note, :string
    change_column :sales, :note, :text
    rename_column :sales, :note, :remark
    add_index :sales, :at, order: {at: :desc}
    remove_column :sales, :remark, :text
  end
end

ActiveRecord::SchemaMigration.create_table
Shop.migrate(:up)
a = Person.create!(name: 'a', tags: [Tag.new(word: 'red')])
b = Person.create!(name: "b'\\", boss: a)
item = Item.create!(price: 3, attributes_: {a: {b: 1}}, sizes: [1, 2], ages: 1..5)
a.sales.create!(item: item, quantity: 2, at: Time.now)
Person.insert_all([{name: 'c', created_at: Time.now, updated_at: Time.now}], returning: %w[id name])
Person.upsert_all([{name: 'c', created_at: Time.now, updated_at: Time.now}], unique_by: :name)
Person.where(name: %w[a c]).update_all(['name = upper(name), updated_at = ?', Time.now])
a.reload.update!(name: 'z')
a.touch; a.increment!(:sales_count); Person.reset_counters(a.id, :sales); Person.find_or_create_by(name: 'd'); a.tags.delete(a.tags.first)
Person.named('z').where.not(state: 'old').or(Person.where(boss: nil).named('z').where.not(state: 'x')).order(name: :desc).limit(2).offset(0).to_a
Person.includes(:boss, sales: :item).to_a; Person.eager_load(:sales).where(sales: {quantity: 1..5}).references(:sales).limit(1).to_a; Person.preload(:tags).find_each(batch_size: 2) { |x| x }
Person.joins(:items).left_outer_joins(:boss).group(:name).having('sum(sales.quantity) > 0').count; Person.where.missing(:sales).to_a
Person.count; Person.exists?(name: 'z'); Person.sum(:sales_count); Sale.group(:person_id).average(:quantity); Person.distinct.pluck(:name); Person.find_by(name: 'z'); Person.last; Person.ids; Sale.maximum(:at); Person.where(id: []).to_a
Person.where(id: Sale.select(:person_id)).to_a; Person.from(Person.where('id > 0'), :people).to_a; Item.where('attributes_ @> ?', {a: {b: 1}}.to_json).where('? = ANY (sizes)', 1).where("attributes_ -> 'a' ->> 'b' = '1'").to_a
Person.select('people.*, row_number() OVER (PARTITION BY state ORDER BY id) AS n').to_a; Person.where(Sale.where('sales.person_id = people.id').arel.exists).to_a
Person.find_by_sql('WITH t AS (SELECT * FROM people) SELECT * FROM t'); Item.where(id: item.id).explain; Person.in_batches(of: 2).update_all(sales_count: 0)
t = Person.arel_table
Person.where(t[:name].matches('z%').and(t[:id].gt(0)).or(t[:boss_id].eq(nil))).order(t[:name].lower.asc).to_a
Person.connection.execute(t.project(t[:id]).union(:all, t.project(t[:boss_id])).to_sql)
Person.transaction(isolation: :repeatable_read) do
  Person.lock.first; Person.lock('FOR SHARE SKIP LOCKED').to_a; b.with_lock('FOR UPDATE NOWAIT') { b.name }
  Person.transaction(requires_new: true) { Tag.create!(word: 'undone'); raise ActiveRecord::Rollback }
end
c = Person.connection
c.tables; c.views; c.indexes(:items); c.foreign_keys(:sales); c.columns(:items); c.primary_keys(:people); c.check_constraints(:items); c.table_comment(:tags); c.extensions; c.schema_names; c.data_source_exists?('people')
ActiveRecord::SchemaDumper.dump(c, StringIO.new)
b.destroy; Person.delete_all; c.truncate(:tags)
%i[sales people_tags tags items people].each { |x| c.drop_table(x, if_exists: true, force: :cascade) }
