module github.com/redpoll-go/redpoll

go 1.26
