// Has GORM, Bun, ent and pgx do what applications do with them, one each time it runs.
package main

import (
	"context"
	"log"
	"os"
)

func main() {
	programs := map[string]func(ctx context.Context) error{"gorm": runGORM, "bun": runBun, "ent": runEnt, "pgx": runPgx}
	if err := programs[os.Args[1]](context.Background()); err != nil {
		log.Fatal(err)
	}
}
