//go:build measured

package main

// The package whose compile time is the measure. It is not part of the program.
import _ "github.com/jackc/pgx/v5"
