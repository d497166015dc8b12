-- What the program of this name sends, written by the tests with -capture pgx -update.
CREATE TABLE authors (id BIGSERIAL PRIMARY KEY, name text NOT NULL UNIQUE, bio text); CREATE TABLE books (id int, author bigint REFERENCES authors)
;
-- name: CreateAuthor :one
INSERT INTO authors (
  name, bio
) VALUES (
  $1, $2
)
RETURNING id, name, bio
;
-- name: GetAuthor :one
SELECT id, name, bio FROM authors
WHERE id = $1 LIMIT 1
;
-- name: ListAuthors :many
SELECT a.id, a.name, COALESCE(b.n, 0)::bigint AS n FROM authors a
LEFT JOIN LATERAL (SELECT count(*) AS n FROM books WHERE author = a.id) b ON true
WHERE ($1::text IS NULL OR a.name ILIKE $1) AND a.id = ANY($2::bigint[])
ORDER BY CASE WHEN $3::bool THEN a.name END DESC, a.id
;
-- name: UpsertAuthor :execrows
INSERT INTO authors (name, bio) SELECT unnest($1::text[]), unnest($2::text[])
ON CONFLICT (name) DO UPDATE SET bio = COALESCE(EXCLUDED.bio, authors.bio)
;
-- name: UpdateAuthor :exec
UPDATE authors SET bio = CASE WHEN $2::bool THEN $3::text ELSE bio END WHERE id = $1
;
-- name: Take :one
UPDATE books SET author = $1 WHERE id = (SELECT id FROM books WHERE author IS NULL ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING id
;
-- name: DeleteAuthors :many
WITH gone AS (DELETE FROM authors WHERE id > $1 RETURNING *) SELECT gone.id FROM gone
;
select "id", "author" from "books"
;
copy "books" ( "id", "author" ) from stdin binary
;
begin isolation level repeatable read read only deferrable
;
savepoint sp_1
;
SELECT count(*) FROM books WHERE id = $1
;
release savepoint sp_1
;
commit
;
SELECT  '-1' , 'it''s',  'back\slash '' quote' ::text
;
LISTEN news
;
SELECT pg_notify($1, $2)
;
UNLISTEN *
;
