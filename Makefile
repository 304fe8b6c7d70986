.PHONY: run demo test browser check soak bench

run demo test browser check soak bench:
	@sh config/bootstrap.sh $@
