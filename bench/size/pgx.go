//go:build measured

package main

// The compile time is compared with this package's. It does not belong to the program.
import _ "github.com/jackc/pgx/v5"
