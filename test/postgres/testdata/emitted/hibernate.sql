-- What the program of this name sends, written by the tests with -capture hibernate -update.
SET application_name = 'PostgreSQL JDBC Driver'
;
BEGIN
;
select current_schema()
;
select current_catalog
;
SHOW TRANSACTION ISOLATION LEVEL
;
ROLLBACK
;
select string_agg(word, ',') from pg_catalog.pg_get_keywords() where word <> ALL ('{a,abs,absolute,action,ada,add,admin,after,all,allocate,alter,always,and,any,are,array,as,asc,asensitive,assertion,assignment,asymmetric,at,atomic,attribute,attributes,authorization,avg,before,begin,bernoulli,between,bigint,binary,blob,boolean,both,breadth,by,c,call,called,cardinality,cascade,cascaded,case,cast,catalog,catalog_name,ceil,ceiling,chain,char,char_length,character,character_length,character_set_catalog,character_set_name,character_set_schema,characteristics,characters,check,checked,class_origin,clob,close,coalesce,cobol,code_units,collate,collation,collation_catalog,collation_name,collation_schema,collect,column,column_name,command_function,command_function_code,commit,committed,condition,condition_number,connect,connection_name,constraint,constraint_catalog,constraint_name,constraint_schema,constraints,constructors,contains,continue,convert,corr,corresponding,count,covar_pop,covar_samp,create,cross,cube,cume_dist,current,current_collation,current_date,current_default_transform_group,current_path,current_role,current_time,current_timestamp,current_transform_group_for_type,current_user,cursor,cursor_name,cycle,data,date,datetime_interval_code,datetime_interval_precision,day,deallocate,dec,decimal,declare,default,defaults,deferrable,deferred,defined,definer,degree,delete,dense_rank,depth,deref,derived,desc,describe,descriptor,deterministic,diagnostics,disconnect,dispatch,distinct,domain,double,drop,dynamic,dynamic_function,dynamic_function_code,each,element,else,end,end-exec,equals,escape,every,except,exception,exclude,excluding,exec,execute,exists,exp,external,extract,false,fetch,filter,final,first,float,floor,following,for,foreign,fortran,found,free,from,full,function,fusion,g,general,get,global,go,goto,grant,granted,group,grouping,having,hierarchy,hold,hour,identity,immediate,implementation,in,including,increment,indicator,initially,inner,inout,input,insensitive,insert,instance,instantiable,int,integer,intersect,intersection,interval,into,invoker,is,isolation,join,k,key,key_member,key_type,language,large,last,lateral,leading,left,length,level,like,ln,local,localtime,localtimestamp,locator,lower,m,map,match,matched,max,maxvalue,member,merge,message_length,message_octet_length,message_text,method,min,minute,minvalue,mod,modifies,module,month,more,multiset,mumps,name,names,national,natural,nchar,nclob,nesting,new,next,no,none,normalize,normalized,not,"null",nullable,nullif,nulls,number,numeric,object,octet_length,octets,of,old,on,only,open,option,options,or,order,ordering,ordinality,others,out,outer,output,over,overlaps,overlay,overriding,pad,parameter,parameter_mode,parameter_name,parameter_ordinal_position,parameter_specific_catalog,parameter_specific_name,parameter_specific_schema,partial,partition,pascal,path,percent_rank,percentile_cont,percentile_disc,placing,pli,position,power,preceding,precision,prepare,preserve,primary,prior,privileges,procedure,public,range,rank,read,reads,real,recursive,ref,references,referencing,regr_avgx,regr_avgy,regr_count,regr_intercept,regr_r2,regr_slope,regr_sxx,regr_sxy,regr_syy,relative,release,repeatable,restart,result,return,returned_cardinality,returned_length,returned_octet_length,returned_sqlstate,returns,revoke,right,role,rollback,rollup,routine,routine_catalog,routine_name,routine_schema,row,row_count,row_number,rows,savepoint,scale,schema,schema_name,scope_catalog,scope_name,scope_schema,scroll,search,second,section,security,select,self,sensitive,sequence,serializable,server_name,session,session_user,set,sets,similar,simple,size,smallint,some,source,space,specific,specific_name,specifictype,sql,sqlexception,sqlstate,sqlwarning,sqrt,start,state,statement,static,stddev_pop,stddev_samp,structure,style,subclass_origin,submultiset,substring,sum,symmetric,system,system_user,table,table_name,tablesample,temporary,then,ties,time,timestamp,timezone_hour,timezone_minute,to,top_level_count,trailing,transaction,transaction_active,transactions_committed,transactions_rolled_back,transform,transforms,translate,translation,treat,trigger,trigger_catalog,trigger_name,trigger_schema,trim,true,type,uescape,unbounded,uncommitted,under,union,unique,unknown,unnamed,unnest,update,upper,usage,user,user_defined_type_catalog,user_defined_type_code,user_defined_type_name,user_defined_type_schema,using,value,values,var_pop,var_samp,varchar,varying,view,when,whenever,where,width_bucket,window,with,within,without,work,write,year,zone}'::text[])
;
select version()
;
SELECT setting FROM pg_catalog.pg_settings WHERE name='default_transaction_isolation'
;
COMMIT
;
set client_min_messages = WARNING
;
alter table if exists person drop constraint if exists FK1l8wb7cnra36gkfqlprpt6krf
;
alter table if exists Person_words drop constraint if exists FKxjgfs1olyeffh4lf1he8omjl
;
alter table if exists Sale drop constraint if exists FKf2rgh3t96q240h0dgywoyjpxb
;
alter table if exists Sale drop constraint if exists FK1mc8pxmp6pfyeil28j41oudye
;
alter table if exists Worker drop constraint if exists FK15ipu2abjcj5q665kgd2oq15h
;
drop table if exists Item cascade
;
drop table if exists person cascade
;
drop table if exists Person_words cascade
;
drop table if exists Sale cascade
;
drop table if exists Worker cascade
;
drop sequence if exists person_SEQ
;
create sequence person_SEQ start with 1 increment by 50
;
create table Item (price numeric(10,2), id uuid not null, name varchar(255), sizes integer array, primary key (id))
;
create table person (version integer not null, boss_id bigint, id bigint not null, name varchar(255) not null, state varchar(255) check ((state in ('FRESH','OLD'))), primary key (id))
;
create table Person_words (Person_id bigint not null, words varchar(255), unique (Person_id, words))
;
create table Sale (quantity integer not null, at timestamp(6) with time zone, id bigint generated by default as identity, person_id bigint, item_id uuid, primary key (id))
;
create table Worker (salary numeric(38,2), id bigint not null, primary key (id))
;
create index IDXp0wr4vfyr2lyifm8avi67mqw5 on person (name)
;
alter table if exists person add constraint FK1l8wb7cnra36gkfqlprpt6krf foreign key (boss_id) references person
;
alter table if exists Person_words add constraint FKxjgfs1olyeffh4lf1he8omjl foreign key (Person_id) references person
;
alter table if exists Sale add constraint FKf2rgh3t96q240h0dgywoyjpxb foreign key (item_id) references Item
;
alter table if exists Sale add constraint FK1mc8pxmp6pfyeil28j41oudye foreign key (person_id) references person
;
alter table if exists Worker add constraint FK15ipu2abjcj5q665kgd2oq15h foreign key (id) references person
;
select * from information_schema.sequences
;
SELECT current_database() AS "TABLE_CAT", n.nspname AS "TABLE_SCHEM", c.relname AS "TABLE_NAME",  CASE n.nspname ~ '^pg_' OR n.nspname = 'information_schema'  WHEN true THEN CASE  WHEN n.nspname = 'pg_catalog' OR n.nspname = 'information_schema' THEN CASE c.relkind   WHEN 'r' THEN 'SYSTEM TABLE'   WHEN 'v' THEN 'SYSTEM VIEW'   WHEN 'i' THEN 'SYSTEM INDEX'   ELSE NULL   END  WHEN n.nspname = 'pg_toast' THEN CASE c.relkind   WHEN 'r' THEN 'SYSTEM TOAST TABLE'   WHEN 'i' THEN 'SYSTEM TOAST INDEX'   ELSE NULL   END  ELSE CASE c.relkind   WHEN 'r' THEN 'TEMPORARY TABLE'   WHEN 'p' THEN 'TEMPORARY TABLE'   WHEN 'i' THEN 'TEMPORARY INDEX'   WHEN 'S' THEN 'TEMPORARY SEQUENCE'   WHEN 'v' THEN 'TEMPORARY VIEW'   ELSE NULL   END  END  WHEN false THEN CASE c.relkind  WHEN 'r' THEN 'TABLE'  WHEN 'p' THEN 'PARTITIONED TABLE'  WHEN 'i' THEN 'INDEX'  WHEN 'P' then 'PARTITIONED INDEX'  WHEN 'S' THEN 'SEQUENCE'  WHEN 'v' THEN 'VIEW'  WHEN 'c' THEN 'TYPE'  WHEN 'f' THEN 'FOREIGN TABLE'  WHEN 'm' THEN 'MATERIALIZED VIEW'  ELSE NULL  END  ELSE NULL  END  AS "TABLE_TYPE", d.description AS "REMARKS",  '' as "TYPE_CAT", '' as "TYPE_SCHEM", '' as "TYPE_NAME", '' AS "SELF_REFERENCING_COL_NAME", '' AS "REF_GENERATION"  FROM pg_catalog.pg_namespace n, pg_catalog.pg_class c  LEFT JOIN pg_catalog.pg_description d ON (c.oid = d.objoid AND d.objsubid = 0  and d.classoid = 'pg_class'::regclass)  WHERE c.relnamespace = n.oid  AND n.nspname LIKE $1 AND c.relname LIKE $2 AND (false  OR ( c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' )  OR ( c.relkind = 'v' AND n.nspname <> 'pg_catalog' AND n.nspname <> 'information_schema' )  OR ( c.relkind = 'm' )  OR ( c.relkind = 'p' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ) )  ORDER BY "TABLE_TYPE","TABLE_SCHEM","TABLE_NAME"
;
SELECT * FROM (SELECT current_database() AS current_database, n.nspname,c.relname,a.attname,a.atttypid,a.attnotnull  OR (t.typtype = 'd' AND t.typnotnull) AS attnotnull,a.atttypmod,a.attlen,t.typtypmod,row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) AS attnum, nullif(a.attidentity, '') as attidentity,nullif(a.attgenerated, '') as attgenerated,pg_catalog.pg_get_expr(def.adbin, def.adrelid) AS adsrc,dsc.description,t.typbasetype,t.typtype  FROM pg_catalog.pg_namespace n  JOIN pg_catalog.pg_class c ON (c.relnamespace = n.oid)  JOIN pg_catalog.pg_attribute a ON (a.attrelid=c.oid)  JOIN pg_catalog.pg_type t ON (a.atttypid = t.oid)  LEFT JOIN pg_catalog.pg_attrdef def ON (a.attrelid=def.adrelid AND a.attnum = def.adnum)  LEFT JOIN pg_catalog.pg_description dsc ON (c.oid=dsc.objoid AND a.attnum = dsc.objsubid)  LEFT JOIN pg_catalog.pg_class dc ON (dc.oid=dsc.classoid AND dc.relname='pg_class')  LEFT JOIN pg_catalog.pg_namespace dn ON (dc.relnamespace=dn.oid AND dn.nspname='pg_catalog')  WHERE c.relkind in ('r','p','v','f','m') and a.attnum > 0 AND NOT a.attisdropped  AND n.nspname LIKE $1) c WHERE true  AND attname LIKE $2 ORDER BY nspname,c.relname,attnum
;
select	current_database() as "TABLE_CAT",	n.nspname as "TABLE_SCHEM",	ct.relname as "TABLE_NAME",	not i.indisunique as "NON_UNIQUE",	null as "INDEX_QUALIFIER",	ci.relname as "INDEX_NAME",	case i.indisclustered		when true then 1		else			case am.amname				when 'hash' then 2				else 3			end	end as "TYPE",	ic.n as "ORDINAL_POSITION",	ci.reltuples as "CARDINALITY",	ci.relpages as "PAGES",	pg_catalog.pg_get_expr(i.indpred, i.indrelid) as "FILTER_CONDITION",	trim(both '"' from pg_catalog.pg_get_indexdef(ci.oid, ic.n, false)) as "COLUMN_NAME",	case am.amname		when 'btree' then			case i.indoption[ic.n - 1] & 1::smallint				when 1 then 'D'				else 'A'			end	end as "ASC_OR_DESC"
from pg_catalog.pg_class ct
join pg_catalog.pg_namespace n on (ct.relnamespace = n.oid)
join pg_catalog.pg_index i on (ct.oid = i.indrelid)
join pg_catalog.pg_class ci on (ci.oid = i.indexrelid)
join pg_catalog.pg_am am on (ci.relam = am.oid)
join information_schema._pg_expandarray(i.indkey) ic on 1=1
 where n.nspname = $1
;
alter table if exists Person_words drop constraint if exists UKfc1fq9pir8i9k597lhwt6uj6
;
alter table if exists Person_words add constraint UKfc1fq9pir8i9k597lhwt6uj6 unique (Person_id, words)
;
SELECT setting FROM pg_catalog.pg_settings WHERE name='max_index_keys'
;
SELECT current_database() AS "PKTABLE_CAT", pkn.nspname AS "PKTABLE_SCHEM", pkc.relname AS "PKTABLE_NAME", pka.attname AS "PKCOLUMN_NAME", current_database() AS "FKTABLE_CAT", fkn.nspname AS "FKTABLE_SCHEM", fkc.relname AS "FKTABLE_NAME", fka.attname AS "FKCOLUMN_NAME", pos.n AS "KEY_SEQ", CASE con.confupdtype  WHEN 'c' THEN 0 WHEN 'n' THEN 2 WHEN 'd' THEN 4 WHEN 'r' THEN 1 WHEN 'p' THEN 1 WHEN 'a' THEN 3 ELSE NULL END AS "UPDATE_RULE", CASE con.confdeltype  WHEN 'c' THEN 0 WHEN 'n' THEN 2 WHEN 'd' THEN 4 WHEN 'r' THEN 1 WHEN 'p' THEN 1 WHEN 'a' THEN 3 ELSE NULL END AS "DELETE_RULE", con.conname AS "FK_NAME", pkic.relname AS "PK_NAME", CASE  WHEN con.condeferrable AND con.condeferred THEN 5 WHEN con.condeferrable THEN 6 ELSE 7 END AS "DEFERRABILITY"  FROM  pg_catalog.pg_namespace pkn, pg_catalog.pg_class pkc, pg_catalog.pg_attribute pka,  pg_catalog.pg_namespace fkn, pg_catalog.pg_class fkc, pg_catalog.pg_attribute fka,  pg_catalog.pg_constraint con,  pg_catalog.generate_series(1, 32) pos(n),  pg_catalog.pg_class pkic WHERE pkn.oid = pkc.relnamespace AND pkc.oid = pka.attrelid AND pka.attnum = con.confkey[pos.n] AND con.confrelid = pkc.oid  AND fkn.oid = fkc.relnamespace AND fkc.oid = fka.attrelid AND fka.attnum = con.conkey[pos.n] AND con.conrelid = fkc.oid  AND con.contype = 'f' AND (pkic.relkind = 'i' OR pkic.relkind = 'I') AND pkic.oid = con.conindid  AND fkn.nspname = $1 ORDER BY pkn.nspname,pkc.relname, con.conname,pos.n
;
select nextval('person_SEQ')
;
insert into person (boss_id,name,state,version,id) values ($1,$2,$3,$4,$5)
;
insert into Worker (salary,id) values ($1,$2)
;
insert into Item (name,price,sizes,id) values ($1,$2,$3,$4)
;
insert into Sale (at,item_id,person_id,quantity) values ($1,$2,$3,$4)
RETURNING *
;
insert into Person_words (Person_id,words) values ($1,$2)
;
select w1_0.id,w1_1.boss_id,w1_1.name,w1_1.state,w1_1.version,w1_0.salary from Worker w1_0 join person w1_1 on w1_0.id=w1_1.id where w1_0.id=$1
;
select w1_0.Person_id,w1_0.words from Person_words w1_0 where w1_0.Person_id=$1
;
select p1_0.id from person p1_0 where p1_0.id=$1 and p1_0.version=$2 for no key update of p1_0
;
update person set boss_id=$1,name=$2,state=$3,version=$4 where id=$5 and version=$6
;
update Worker set salary=$1 where id=$2
;
delete from Person_words where Person_id=$1 and words=$2
;
select w1_0.id,w1_1.boss_id,w1_1.name,w1_1.state,w1_1.version,w1_0.salary,s1_0.person_id,s1_0.id,s1_0.at,i1_0.id,i1_0.name,i1_0.price,i1_0.sizes,s1_0.quantity from Worker w1_0 join person w1_1 on w1_0.id=w1_1.id left join Sale s1_0 on w1_1.id=s1_0.person_id left join Item i1_0 on i1_0.id=s1_0.item_id where w1_0.id=$1
;
select p1_0.id,case when p1_0.p1_1_id is not null then 1 when p1_0.id is not null then 0 end,p1_0.boss_id,p1_0.name,s1_0.person_id,s1_0.id,s1_0.at,s1_0.item_id,s1_0.quantity,p1_0.state,p1_0.version,p1_0.p1_1_salary from (select p1_0.id,p1_0.version,p1_0.boss_id,p1_0.name,p1_0.state,p1_1.id,p1_1.salary from person p1_0 left join Worker p1_1 on p1_0.id=p1_1.id where p1_0.name like 'p%' escape '' order by p1_0.name desc nulls last offset $1 rows fetch first $2 rows only) p1_0(id,version,boss_id,name,state,p1_1_id,p1_1_salary) left join Sale s1_0 on p1_0.id=s1_0.person_id order by p1_0.name desc nulls last
;
select i1_0.id,i1_0.name,i1_0.price,i1_0.sizes from Item i1_0 where i1_0.id=$1
;
select p1_0.id,case when p1_1.id is not null then 1 when p1_0.id is not null then 0 end,p1_0.boss_id,p1_0.name,p1_0.state,p1_0.version,p1_1.salary,b1_0.id,case when b1_1.id is not null then 1 when b1_0.id is not null then 0 end,b1_0.boss_id,b1_0.name,b1_0.state,b1_0.version,b1_1.salary from person p1_0 left join Worker p1_1 on p1_0.id=p1_1.id join person b1_0 on b1_0.id=p1_0.boss_id left join Worker b1_1 on b1_0.id=b1_1.id where case when p1_1.id is not null then 1 when p1_0.id is not null then 0 end=1 or b1_0.id in (1,2) offset $1 rows fetch first $2 rows only
;
select p1_0.name,count(s1_0.id),sum(s1_0.quantity) filter (where s1_0.quantity>1) from person p1_0 left join Sale s1_0 on p1_0.id=s1_0.person_id group by p1_0.name having count(s1_0.id)>=0 offset $1 rows fetch first $2 rows only
;
select i1_0.id,i1_0.name,i1_0.price,i1_0.sizes from Item i1_0 where i1_0.sizes@>array[1] and i1_0.price between 1 and 100 offset $1 rows fetch first $2 rows only
;
select s1_0.id,rank() over(partition by s1_0.person_id order by s1_0.quantity desc),lag(s1_0.quantity) over(order by s1_0.id) from Sale s1_0 offset $1 rows fetch first $2 rows only
;
with t (pid,n) as (select s1_0.person_id,sum(s1_0.quantity) from Sale s1_0 group by s1_0.person_id) select t1_0.pid from t t1_0 where t1_0.n>0 offset $1 rows fetch first $2 rows only
;
select p1_0.name from person p1_0 where exists(select 1 from Sale s1_0 where s1_0.person_id=p1_0.id) union select i1_0.name from Item i1_0 offset $1 rows fetch first $2 rows only
;
select l1_0.c0 from person p1_0 join lateral (select s1_0.quantity from Sale s1_0 where p1_0.id=s1_0.person_id order by s1_0.at fetch first 1 rows only) l1_0(c0) on true offset $1 rows fetch first $2 rows only
;
select extract(year from s1_0.at),cast(s1_0.at+(-1)*interval '1 day' as timestamp),cast(s1_0.quantity as varchar),coalesce(nullif(s1_0.quantity,0),1),case when s1_0.quantity>2 then 'many' else 'few' end from Sale s1_0 offset $1 rows fetch first $2 rows only
;
select string_agg(p1_0.name,', ' order by p1_0.name),max(character_length(trim(BOTH from upper(p1_0.name)))) from person p1_0 offset $1 rows fetch first $2 rows only
;
select p1_0.id,case when p1_1.id is not null then 1 when p1_0.id is not null then 0 end,p1_0.boss_id,p1_0.name,p1_0.state,p1_0.version,p1_1.salary from person p1_0 left join Worker p1_1 on p1_0.id=p1_1.id where exists(select 1 from Person_words w1_0 where p1_0.id=w1_0.Person_id and w1_0.words='x') or (select count(*) from Sale s1_0 where p1_0.id=s1_0.person_id)>5 offset $1 rows fetch first $2 rows only
;
select localtimestamp,current_date,to_char(s1_0.at,'YYYY-MM') from Sale s1_0 offset $1 rows fetch first $2 rows only
;
with id_cte (id) as materialized (select p1_0.id from person p1_0 left join Worker p1_1 on p1_0.id=p1_1.id where p1_0.id>3),update_cte_person (id) as (update person p1_0 set name=upper(p1_0.name) where p1_0.id in (select id.id from id_cte id) returning id) select count(*) from id_cte id
;
with id_cte (id) as materialized (select w1_0.id from Worker w1_0 join person w1_1 on w1_0.id=w1_1.id where w1_1.name='a'),update_cte_Worker (id) as (update Worker w1_0 set salary=(w1_0.salary*2) where w1_0.id in (select id.id from id_cte id) returning id) select count(*) from id_cte id
;
insert into Sale as s1_0(quantity,at) select s2_0.quantity,s2_0.at from Sale s2_0 where s2_0.quantity>5
;
delete from Sale s1_0 where s1_0.quantity>100
;
select p1_0.id,case when p1_1.id is not null then 1 when p1_0.id is not null then 0 end,p1_0.boss_id,p1_0.name,p1_0.state,p1_0.version,p1_1.salary from person p1_0 left join Worker p1_1 on p1_0.id=p1_1.id
;
select tbl.id,tbl.boss_id,tbl.name,tbl.state,tbl.version from person tbl where tbl.id in ($1,$2) for no key update of tbl skip locked
;
select * from person where id = $1
;
SELECT c.oid, a.attnum, a.attname, c.relname, n.nspname, a.attnotnull OR (t.typtype = 'd' AND t.typnotnull), a.attidentity != '' OR pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE '%nextval(%' FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON (c.relnamespace = n.oid) JOIN pg_catalog.pg_attribute a ON (c.oid = a.attrelid) JOIN pg_catalog.pg_type t ON (a.atttypid = t.oid) LEFT JOIN pg_catalog.pg_attrdef d ON (d.adrelid = a.attrelid AND d.adnum = a.attnum) JOIN (SELECT 16395 AS oid , 1 AS attnum UNION ALL SELECT 16395, 2 UNION ALL SELECT 16395, 3 UNION ALL SELECT 16395, 4 UNION ALL SELECT 16395, 5) vals ON (c.oid = vals.oid AND a.attnum = vals.attnum) where c.oid in (16395)
;
select p1_0.name,avg(s1_0.quantity) from Sale s1_0 join person p1_0 on p1_0.id=s1_0.person_id where s1_0.quantity>$1 and s1_0.item_id is not null group by 1
;
select p1_0.id,case when p1_1.id is not null then 1 when p1_0.id is not null then 0 end,p1_0.boss_id,p1_0.name,p1_0.state,p1_0.version,p1_1.salary from person p1_0 left join Worker p1_1 on p1_0.id=p1_1.id where p1_0.id = any ($1)
;
select p1_0.id,case when p1_1.id is not null then 1 when p1_0.id is not null then 0 end,p1_0.boss_id,p1_0.name,p1_0.state,p1_0.version,p1_1.salary from person p1_0 left join Worker p1_1 on p1_0.id=p1_1.id where p1_0.boss_id is not null fetch first $1 rows only
;
select s1_0.person_id,s1_0.id,s1_0.at,i1_0.id,i1_0.name,i1_0.price,i1_0.sizes,s1_0.quantity from Sale s1_0 left join Item i1_0 on i1_0.id=s1_0.item_id where s1_0.person_id=$1
;
delete from Person_words where Person_id=$1
;
delete from Sale where id=$1
;
delete from person where id=$1 and version=$2
;
