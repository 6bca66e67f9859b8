using Frugal.Catalogue;
using Frugal.Data;
using Frugal.Recipes;
using static TorchSharp.torch;

namespace Frugal.Training;

/// <summary>
/// What plugs into <see cref="Train"/>: hooks around the loop, each of which may change what its line says and nothing else.
/// The order between methods is declared by <see cref="Phase"/> and <see cref="After"/>.
/// </summary>
[CatalogueKind("training method", "training methods")]
public abstract class TrainingMethod
{
    /// <summary>What the method acts on.</summary>
    public abstract Phase Phase { get; }

    /// <summary>A method that must act before this one within the same phase, or null.</summary>
    public virtual Type? After => null;

    /// <summary>
    /// Resources that no other method may claim at the same time, e.g. <c>mask of fc1.weight</c>; two methods claiming one are refused at the start.
    /// </summary>
    public virtual IEnumerable<string> Claims(Fit fit) => [];

    /// <summary>The networks that the method learns from; it opens them in <see cref="OnPrepare"/>.</summary>
    public virtual IEnumerable<Teacher> LearnsFrom => [];

    /// <summary>May read or copy the network as it is: no method has changed it yet.</summary>
    public virtual void OnPrepare(Subject subject) { }

    /// <summary>May replace modules; the optimiser does not exist yet.</summary>
    public virtual void OnBuild(Subject subject) { }

    /// <summary>May change optimiser groups and set up buffers or teachers. State of an earlier training with the same object is forgotten here.</summary>
    public virtual void OnFitStart(Fit fit) { }

    /// <summary>May change inputs, targets and the selection of examples. The whole batch of an update, before it is split for accumulation.</summary>
    public virtual void OnBatch(Fit fit, ref Batch batch) { }

    /// <summary>May read activations.</summary>
    public virtual void OnForward(Fit fit, Tensor outputs) { }

    /// <summary>May add or replace terms of the loss.</summary>
    public virtual void OnLoss(Fit fit, ref Tensor loss) { }

    /// <summary>May change the parameters' gradients, after accumulation and before clipping.</summary>
    public virtual void OnBackward(Fit fit) { }

    /// <summary>May change the parameters' gradients, after clipping.</summary>
    public virtual void OnGradients(Fit fit) { }

    /// <summary>May change the learning rate of this update.</summary>
    public virtual void BeforeStep(Fit fit) { }

    /// <summary>May project weights after the update.</summary>
    public virtual void AfterStep(Fit fit) { }

    /// <summary>May change schedules, grow or rewire the network.</summary>
    public virtual void OnEpochEnd(Fit fit) { }

    /// <summary>Removes scaffolding; runs in reverse order.</summary>
    public virtual void OnFitEnd(Fit fit) { }

    /// <summary>Puts back what <see cref="OnBuild"/> changed, because the training failed or was broken off; runs in reverse order, also where the method had not begun.</summary>
    public virtual void Undo(Subject subject) { }

    /// <summary>Lets go of what the other hooks took: teachers, observers of layers. Called last, however the training ends, also where it could not begin.</summary>
    public virtual void Release() { }

    /// <summary>What must be kept over a checkpoint; <see cref="MethodState.None"/> for a method without state. The tensors stay the method's own.</summary>
    public abstract MethodState Save();

    /// <summary>Takes back what <see cref="Save"/> gave, after <see cref="OnFitStart"/>. The tensors are the caller's: copy them.</summary>
    public abstract void Load(MethodState state);
}
