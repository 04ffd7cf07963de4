// Programs to start from. A module of its own: they use the embedded server, which has third-party code.
module github.com/redpoll-go/redpoll/examples

go 1.26

require (
	github.com/redpoll-go/redpoll v0.0.0
	github.com/redpoll-go/redpoll/redpolltest/embedded v0.0.0
)

require (
	github.com/alicebob/miniredis/v2 v2.40.0 // indirect
	github.com/yuin/gopher-lua v1.1.1 // indirect
)

replace (
	github.com/redpoll-go/redpoll => ..
	github.com/redpoll-go/redpoll/redpolltest/embedded => ../redpolltest/embedded
)
