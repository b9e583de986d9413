# An image with the workflow (/opt/viewcast), its library and Snakemake, also for the pods of profiles/kubernetes.
#
#   docker build --tag viewcast .
#   docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/data" viewcast \
#     snakemake --snakefile /opt/viewcast/Snakefile --cores 4 results/table3.csv
#
# PyTorch is the one for CPUs. For GPUs, give the CUDA version that the drivers of the nodes allow:
#   docker build --tag viewcast --build-arg CONDA_OVERRIDE_CUDA=12.6 .
# and run it with `docker run --gpus all`.
FROM mambaorg/micromamba:2.3.3

# While the image is built, micromamba sees no GPU and goes by this; empty: there is none.
ARG CONDA_OVERRIDE_CUDA=""

# As root, so that no run can change these files.
USER 0
WORKDIR /opt/viewcast

# The dependencies are a layer of their own, which a change of the code leaves as it is. Snakemake fetches modules with
# git, and the storage plugin of profiles/kubernetes copies with rsync.
COPY envs/viewcast.yaml envs/
RUN micromamba install --yes --name base --file envs/viewcast.yaml \
    && micromamba install --yes --name base --channel conda-forge git rsync \
    && micromamba clean --all --yes

# Without the base image's entry point, which activates the environment, programs are found too. Any --user has a cache.
ENV PATH=/opt/conda/bin:$PATH \
    XDG_CACHE_HOME=/tmp/cache

# Only Snakemake and what belongs to it is still missing.
COPY . .
RUN pip install --no-cache-dir --editable '.[kubernetes]'

# The base image's own user.
USER 57439
WORKDIR /data
