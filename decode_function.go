package redpoll
