// The embedded server. A module of its own, so that programs which only use the client never see its third-party code.
module github.com/redpoll-go/redpoll/redpolltest/embedded

go 1.26

require github.com/alicebob/miniredis/v2 v2.40.0

require github.com/yuin/gopher-lua v1.1.1 // indirect
