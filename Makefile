.PHONY: run demo test browser check soak

run demo test browser check soak:
	@sh config/bootstrap.sh $@
