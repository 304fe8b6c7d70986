.PHONY: run demo test browser check

run demo test browser check:
	@sh config/bootstrap.sh $@
